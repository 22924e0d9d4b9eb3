"""From what an LMS hands out to submitted/: archive -> owners, roster -> choose -> attempts; `collect` leads."""
