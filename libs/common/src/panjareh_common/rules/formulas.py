"""Formulas of derived values: a small, bounded part of the Common Expression Language (CEL, cel.dev).

Bounded on purpose. There are no loops (macros), regular expressions, conversions from text, clocks
or ways to build longer texts; formulas are at most a thousand characters and nest at most 32 deep. So
one evaluation costs microseconds whatever is written, and the same values give the same result in
every process for ever. The library (cel-expr-python) type-checks a formula when a service is published.

Names are rewritten to variables of their type before the library sees them: a name of a form can
then never be a word of the language. The calendar's functions are computed here and handed over as
variables, because functions in Python leak memory in the library's release 0.1.3, at every call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from panjareh_common.rules.kinds import NotKnown, Value, ValueType, read_value
from panjareh_common.rules.solar import days_between, years_between

LONGEST_FORMULA = 1000  # characters
MOST_NAMES = 40  # of one type in one formula

_FUNCTIONS = frozenset({"size", "int", "double"})
_METHODS = frozenset({"size", "startsWith", "endsWith", "contains"})
_CALENDAR: dict[str, Callable[[date, date], int]] = {
    "years_between": years_between,
    "days_between": days_between,
}
_WORDS = frozenset({"true", "false", "in"})

# Overloads by their ids in the CEL specification ("List of Standard Definitions").
_ORDERINGS = {"_<_": "less", "_<=_": "less_equals", "_>_": "greater", "_>=_": "greater_equals"}
_ALLOWED: dict[str, list[str]] = {
    **{name: [] for name in ("_&&_", "_||_", "!_", "_?_:_", "_==_", "_!=_")},
    **{
        name: [f"{word}_{kind}" for kind in ("int64", "double", "timestamp")]
        for name, word in _ORDERINGS.items()
    },
    "_+_": ["add_int64", "add_double"],
    "_-_": ["subtract_int64", "subtract_double"],
    "_*_": ["multiply_int64", "multiply_double"],
    "_/_": ["divide_int64", "divide_double"],
    "_%_": ["modulo_int64"],
    "-_": ["negate_int64", "negate_double"],
    "@in": ["in_list"],
    "size": ["size_string", "string_size"],
    "startsWith": ["starts_with_string"],
    "endsWith": ["ends_with_string"],
    "contains": ["contains_string"],
    "int": ["double_to_int64"],
    "double": ["int64_to_double"],
}
_TYPES = {
    ValueType.INTEGER: ("INT", "i"),
    ValueType.NUMBER: ("DOUBLE", "n"),
    ValueType.TEXT: ("STRING", "s"),
    ValueType.BOOLEAN: ("BOOL", "b"),
    ValueType.DATE: ("TIMESTAMP", "d"),
}

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>"[^"\\\r\n]*"|'[^'\\\r\n]*')
    |(?P<number>[0-9]+\.[0-9]+|[0-9]+)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
    |(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/%<>!?:(),\[\].])""",
    re.VERBOSE | re.ASCII,
)


class FormulaInvalid(Exception):
    """`message` is an English sentence with named places, which `values` fill."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message.format(**values))
        self.message = message
        self.values = values


@dataclass(frozen=True)
class _Token:
    sort: str  # text, number, name or sign
    text: str


@dataclass(frozen=True)
class _Calendar:
    """A calendar function, called with names of dates or days."""

    function: str
    first: str | date
    second: str | date

    def compute(self, values: Mapping[str, Value]) -> int | None:
        first, second = (
            values.get(one) if isinstance(one, str) else one for one in (self.first, self.second)
        )
        if not isinstance(first, date) or not isinstance(second, date):
            return None
        try:
            return _CALENDAR[self.function](first, second)
        except ValueError:
            return None


class Formula:
    """One compiled formula. `names` are the inputs and derived values that it looks at."""

    def __init__(self, source: str, result: ValueType, types: Mapping[str, ValueType]) -> None:
        """Raises FormulaInvalid. `types` are all names that the formula may use."""
        translation = _Translation(source, types)
        self.names = frozenset(translation.names) | translation.dates
        self._variables = {variable: name for name, variable in translation.names.items()}
        self._computed = translation.computed
        self._days = {variable: _instant(day) for variable, day in translation.days.items()}
        self._result = result
        self._expression = _compile(translation, result)
        self._type = self._expression.return_type()

    def evaluate(self, values: Mapping[str, Value]) -> Value:
        """The result, from the values that are known. Raises NotKnown where it depends on one that is not.

        As in CEL, `a || b` is true where one side is, even when the other cannot be computed.
        """
        data: dict[str, Any] = dict(self._days)
        for variable, name in self._variables.items():
            if (value := values.get(name)) is not None:
                data[variable] = _instant(value) if isinstance(value, date) else value
        for variable, call in self._computed.items():
            if (count := call.compute(values)) is not None:
                data[variable] = count
        try:
            result = self._expression.eval(data=data)
            # An error comes as a value too, of its own type, and holds a text.
            computed = result.value() if result.type() == self._type else None
        except RuntimeError:  # what the library raises for a result that Python cannot hold
            computed = None
        if isinstance(computed, datetime):
            computed = computed.date().isoformat()
        try:
            return read_value(self._result, computed)
        except NotKnown:
            raise NotKnown("not_computed") from None


class _Translation:
    """A formula in the library's terms: checked word by word, its names replaced by variables."""

    def __init__(self, source: str, types: Mapping[str, ValueType]) -> None:
        self._types = types
        self._tokens = _tokens(source)
        self._place = 0
        self.names: dict[str, str] = {}  # variable by name
        self.dates: set[str] = set()  # names that calendar functions look at
        self.computed: dict[str, _Calendar] = {}
        self.days: dict[str, date] = {}
        self._counts = dict.fromkeys(ValueType, 0)
        words: list[str] = []
        while self._place < len(self._tokens):
            words.append(self._next())
        self.text = " ".join(words)

    def told(self, sentence: str) -> str:
        """What the library says, with the names that the author wrote."""
        back = {variable: name for name, variable in self.names.items()}
        return re.sub(r"\b[inbsd][0-9]+\b", lambda found: back.get(found[0], found[0]), sentence)

    def _next(self) -> str:
        token = self._take()
        if token.text == "[":
            return self._list()
        if token.sort != "name" or token.text in _WORDS:
            return token.text
        return self._call(token.text) if self._at("(") else self._name(token.text)

    def _call(self, name: str) -> str:
        if name in _CALENDAR:
            self._take()
            first = self._day()
            self._expect(",")
            second = self._day()
            self._expect(")")
            return self._variable_of(_Calendar(name, first, second))
        if name == "date":
            self._place -= 1
            return self._variable_of(self._day())
        if name in _FUNCTIONS:
            return name
        before, dot, method = name.rpartition(".")
        if dot and method in _METHODS:
            return f"{self._name(before)}.{method}"
        if not dot and method in _METHODS and self._place > 1 and self._before_is_dot():
            return method
        raise FormulaInvalid("There is no function {name} in formulas.", name=name)

    def _before_is_dot(self) -> bool:
        return self._tokens[self._place - 2].text == "."

    def _name(self, name: str) -> str:
        if name not in self._types:
            raise FormulaInvalid(
                "The name {name} is neither an input nor a derived value of these rules.", name=name
            )
        if name not in self.names:
            self.names[name] = self._variable(self._types[name])
        return self.names[name]

    def _variable(self, kind: ValueType) -> str:
        place = self._counts[kind]
        if place >= MOST_NAMES:
            raise FormulaInvalid("This formula uses too many names. Divide it.")
        self._counts[kind] += 1
        return f"{_TYPES[kind][1]}{place}"

    def _variable_of(self, computed: _Calendar | str | date) -> str:
        if isinstance(computed, _Calendar):
            variable = self._variable(ValueType.INTEGER)
            self.computed[variable] = computed
            self.dates |= {n for n in (computed.first, computed.second) if isinstance(n, str)}
            return variable
        if isinstance(computed, str):
            return self._name(computed)
        variable = self._variable(ValueType.DATE)
        self.days[variable] = computed
        return variable

    def _day(self) -> str | date:
        """An operand of the calendar: the name of a date, or `date("2026-03-21")`."""
        token = self._take()
        if token.sort == "name" and token.text != "date":
            if self._types.get(token.text) is not ValueType.DATE:
                raise FormulaInvalid("{name} is not the name of a date.", name=token.text)
            return token.text
        if token.text == "date":
            self._expect("(")
            written = self._take()
            self._expect(")")
            try:
                day = read_value(ValueType.DATE, written.text[1:-1])
            except NotKnown:
                day = None
            if written.sort == "text" and isinstance(day, date):
                return day
        raise FormulaInvalid('Here stands the name of a date, or a day such as date("2026-03-21").')

    def _list(self) -> str:
        """`[1, 2]`, of one kind: of a mixed list CEL would quietly say that nothing is in it."""
        words, kinds = ["["], set()
        while (token := self._take()).text != "]":
            if token.sort in ("text", "number"):
                kinds.add("decimal" if token.sort == "number" and "." in token.text else token.sort)
            elif token.text not in (",", "-"):
                raise FormulaInvalid("A list holds texts or numbers, all of one kind.")
            words.append(token.text)
        if len(kinds) != 1:
            raise FormulaInvalid("A list holds texts or numbers, all of one kind.")
        return " ".join([*words, "]"])

    def _at(self, sign: str) -> bool:
        return self._place < len(self._tokens) and self._tokens[self._place].text == sign

    def _take(self) -> _Token:
        if self._place >= len(self._tokens):
            raise FormulaInvalid("This formula ends too early.")
        self._place += 1
        return self._tokens[self._place - 1]

    def _expect(self, sign: str) -> None:
        if not self._at(sign):
            raise FormulaInvalid("Here {sign} is missing.", sign=sign)
        self._place += 1


def _tokens(source: str) -> list[_Token]:
    if len(source) > LONGEST_FORMULA:
        raise FormulaInvalid(
            "This formula is longer than {most} characters. Divide it.", most=LONGEST_FORMULA
        )
    found: list[_Token] = []
    place = 0
    while place < len(source):
        match = _TOKEN.match(source, place)
        after_text = bool(found) and found[-1].sort == "text" and source[place - 1] in "\"'"
        if match is None or (match.lastgroup == "text" and after_text):
            raise FormulaInvalid(
                "At character {place} stands something that formulas do not have: {what}",
                place=place + 1,
                what=source[place : place + 10],
            )
        if match.lastgroup != "space":
            found.append(_Token(str(match.lastgroup), match[0]))
        place = match.end()
    return found


@cache
def _environment() -> Any:
    # Here, because 14 MB of library are loaded only by processes that meet a formula.
    from cel_expr_python import cel  # type: ignore[import-untyped]  # noqa: PLC0415

    functions = "".join(
        f'    - name: "{name}"\n'
        + ("      overloads:\n" if overloads else "")
        + "".join(f"        - id: {one}\n" for one in overloads)
        for name, overloads in _ALLOWED.items()
    )
    allowed = f"name: rules\nstdlib:\n  disable_macros: true\n  include_functions:\n{functions}"
    variables = {
        f"{letter}{place}": getattr(cel.Type, name)
        for name, letter in _TYPES.values()
        for place in range(MOST_NAMES)
    }
    return cel.NewEnv(config=cel.NewEnvConfigFromYaml(allowed), variables=variables)


def _compile(translation: _Translation, result: ValueType) -> Any:
    try:
        expression = _environment().compile(translation.text)
    except RuntimeError as cause:
        raise _in_our_words(str(cause), translation) from None
    given, wanted = expression.return_type(), _TYPES[result][0]
    if given.name() != wanted:
        raise FormulaInvalid(
            "This formula gives {given}, and the type says {wanted}.",
            given=_OUR_TYPES.get(given.name(), given.name().lower()),
            wanted=str(result),
        )
    return expression


_OVERLOAD = re.compile(r"no matching overload for '_?([^']*?)_?' applied to '\(?([^']*?)\)?'")
_OUR_TYPES = {
    **{theirs: str(kind) for kind, (theirs, _) in _TYPES.items()},
    "int": "integer",
    "double": "number",
    "string": "text",
    "bool": "boolean",
    "google.protobuf.Timestamp": "date",
}


def _in_our_words(sentence: str, translation: _Translation) -> FormulaInvalid:
    """What the library says, without its place, which is one in the translated formula."""
    if "recursion" in sentence:
        return FormulaInvalid("This formula nests too deep. Divide it.")
    if "Syntax error" in sentence:
        return FormulaInvalid("This formula ends too early, or a sign in it is out of place.")
    if found := _OVERLOAD.search(sentence):
        kinds = [_OUR_TYPES.get(kind.strip(), kind.strip()) for kind in found[2].split(",")]
        message = "In formulas, {sign} does not go with {types}."
        return FormulaInvalid(message, sign=found[1], types=" + ".join(kinds))
    line = sentence.splitlines()[0].removeprefix("INVALID_ARGUMENT: ")
    why = re.sub(r"^ERROR: <input>:-?[0-9]+:-?[0-9]+: ", "", line)
    return FormulaInvalid("This is no formula of CEL: {why}.", why=translation.told(why))


def _instant(day: Value) -> datetime:
    assert isinstance(day, date)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
