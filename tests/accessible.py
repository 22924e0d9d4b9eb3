"""What axe, which knows the rules of accessible pages, finds against a page."""

from axe_playwright_python.sync_playwright import Axe

# Its styles come from no server; and of what is as it should be nothing is told, which halves the time.
OPTIONS = {"preload": False, "resultTypes": ["violations"]}


def violations(page):
    """[(rule, the elements that break it)] of the whole page."""
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found]
