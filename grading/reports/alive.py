"""Dead code taken out of a syntax tree: what never runs, and what is computed and never used."""

import ast

PURE = (ast.Constant, ast.Name, ast.Load, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.Tuple, ast.List,
        ast.Lambda, ast.arguments, ast.arg)


def bring_alive(tree: ast.Module, given: frozenset[str]) -> None:
    """Take out what never runs or is never used, until nothing more goes.  `given` names are used by others."""
    for _ in range(20):
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        kept = given | {node.id for node in names if not isinstance(node.ctx, ast.Store)}
        kept |= {name for node in ast.walk(tree) if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names}
        before = sum(1 for _ in ast.walk(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):  # methods are used by their attributes
                continue
            used = kept if node is not tree else _Everything()  # another cell may use what this one defines
            for block in ("body", "orelse", "finalbody"):
                statements = getattr(node, block, None)
                if isinstance(statements, list):
                    setattr(node, block, _alive(statements, used))
        if sum(1 for _ in ast.walk(tree)) == before:
            return


class _Everything:
    def __contains__(self, name) -> bool:
        return True


def _alive(statements, kept) -> list:
    alive = []
    for statement in statements:
        if isinstance(statement, ast.If) and isinstance(statement.test, ast.Constant):
            alive += statement.body if statement.test.value else statement.orelse
            continue
        if not _idle(statement, kept):
            alive.append(statement)
        if isinstance(statement, (ast.Return, ast.Raise, ast.Break, ast.Continue)):
            break
    return alive


def _idle(statement, kept) -> bool:
    if isinstance(statement, (ast.Pass, ast.Import, ast.ImportFrom)):
        return True
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, (ast.Constant, ast.Name))
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return statement.name not in kept and not statement.decorator_list
    if isinstance(statement, ast.AnnAssign) and statement.value is None:
        return True
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        names = all(isinstance(target, ast.Name) and target.id not in kept for target in targets)
        return names and all(isinstance(node, PURE) for node in ast.walk(statement.value))
    if isinstance(statement, (ast.If, ast.For, ast.While)):  # emptied
        return not statement.body and not statement.orelse and not isinstance(statement, ast.While)
    return False
