# Is a folder of links: a student's folder, a notebook, one that leads to itself, and a pipe.
def archive(place, honest, outside):
    import os

    path = place / "handed-in"
    (path / "ann" / "tiny").mkdir(parents=True)
    (path / "ann" / "tiny" / "tiny.ipynb").write_bytes(honest)
    (path / "eve" / "tiny").mkdir(parents=True)
    (path / "eve" / "tiny" / "tiny.ipynb").symlink_to(outside / "canary.txt")
    (path / "mallory").symlink_to(outside)
    (path / "loop").symlink_to(path)
    (path / "pipe" / "tiny").mkdir(parents=True)
    os.mkfifo(path / "pipe" / "tiny" / "tiny.ipynb")
    return path
