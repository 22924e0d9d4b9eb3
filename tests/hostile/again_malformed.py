# Hands in once more, now a broken file, and hopes to keep the old score.
# again: yes
def submitted(honest):
    return b"{" + honest[:100]
