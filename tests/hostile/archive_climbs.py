# Is an archive whose names climb out of it, start at the root, or name drives.
def archive(place, honest, outside):
    import zipfile

    path = place / "handed-in.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        for name in ("../owned.ipynb", "../" * 9 + str(outside)[1:] + "/owned.ipynb", str(outside) + "/owned.ipynb",
                     "ann/../../owned/tiny.ipynb", "C:\\\\owned\\\\tiny.ipynb", "ann/tiny/tiny.ipynb/../../../owned.ipynb"):
            zipped.writestr(name, honest)
        zipped.writestr("ann/tiny/tiny.ipynb", honest)
    return path
