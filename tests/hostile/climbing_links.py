# Makes links and paths that lead out of its folder, and writes through them.
# never: OUTSIDE
# %% before
import os

for target in ("CANARY_FOLDER", "COURSE", "/etc", "/root", "/proc/1/root", "/proc/self/root/..", "/home"):
    for path in (target, "../" * 30 + target.lstrip("/")):
        try:
            os.symlink(path, "/tmp/link")
            with open("/tmp/link/owned", "w") as file:
                file.write("owned")
            print("OUTSIDE", target)
        except OSError:
            pass
        finally:
            if os.path.islink("/tmp/link"):
                os.unlink("/tmp/link")
# %% square
def square(x):
    return 0.0
