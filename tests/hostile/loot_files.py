# Reads every file that it can find, for solutions, hidden tests, other students' work and the gradebook.
# slow: yes
# %% before
import os

word, seen = b"CANA" + b"RY", 0
for top in ("COURSE", "CANARY_FOLDER", os.path.expanduser("~"), "/work", "/home", "/root", "/srv", "/mnt", "/media", "/tmp",
            "/var", "/etc", "/run", "/proc", "/sys", "/dev/shm", "/library", "/old_root", "."):
    for folder, folders, files in os.walk(top):
        folders[:] = [f for f in folders if f not in ("site-packages", "lib", "python3.11", ".git")]
        for name in files:
            seen += 1
            if seen > 20_000:
                break
            try:
                data = open(os.path.join(folder, name), "rb").read(1_000_000)
                if word in data:
                    print(name, data[:100_000])
            except OSError:
                pass
print(seen > 0)
# %% square
def square(x):
    return 0.0
