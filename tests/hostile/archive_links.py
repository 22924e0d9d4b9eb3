# Is an archive of links: to the gradebook, to a secret, to a folder into which it then writes.
def archive(place, honest, outside):
    import stat
    import zipfile

    path = place / "handed-in.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        for name, target in (("eve/tiny/tiny.ipynb", str(outside / "canary.txt")), ("eve/tiny", str(outside)), ("mallory", "/etc")):
            link = zipfile.ZipInfo(name)
            link.external_attr = (stat.S_IFLNK | 0o777) << 16
            zipped.writestr(link, target)
        zipped.writestr("eve/tiny/owned.ipynb", honest)
        zipped.writestr("ann/tiny/tiny.ipynb", honest)
    return path
