"""How trouble is told: in whole sentences, to somebody who can mend it."""


class CourseError(Exception):
    """Something the instructor must mend.  Holds whole sentences, one for each problem."""

    def __init__(self, *problems: str):
        super().__init__("\n".join(problems))
        self.problems = list(problems)
