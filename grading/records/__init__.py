"""From a job to the gradebook: job -> (engine) -> journal -> record -> publish; `grade` leads, `execute` is nbgrader's
own way in."""
