# Connects to the network by every road, aimed at this machine itself.
# never: REACHED
# %% before
import os
import socket
import subprocess
import urllib.request

word = b"owned"
for family, address in ((socket.AF_INET, ("127.0.0.1", PORT)), (socket.AF_INET6, ("::1", PORT)), (socket.AF_UNIX, "\0grading-PORT")):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            with socket.socket(family, kind) as s:
                s.settimeout(1)
                s.connect(address)
                s.send(word)
                print("REACHED", address)
        except OSError as error:
            print(type(error).__name__)
try:
    print("REACHED", urllib.request.urlopen("http://127.0.0.1:PORT/", timeout=1))
except OSError as error:
    print(type(error).__name__)
print(subprocess.run(["bash", "-c", "echo owned > /dev/tcp/127.0.0.1/PORT && echo REACHED"], capture_output=True).stdout)
# %% square
def square(x):
    return 0.0
