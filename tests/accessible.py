"""What axe, which knows the rules of accessible pages, finds against a page."""

from axe_playwright_python.sync_playwright import Axe


def violations(page, **options):
    """[(rule, the elements that break it)] of the whole page. Of what is as it should be nothing is told: so it takes
    half the time."""
    found = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found]
