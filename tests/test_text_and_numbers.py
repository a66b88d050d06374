"""Text from outside made safe, and numbers as people write and read them."""

import math
import re
import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentences import paths

from gdtui.numbers import count, fixed, parse_number, parse_numbers, parse_whole, shortest, signed, significant
from gdtui.teaching.catalogue import CatalogueEntry, lesson_named
from gdtui.text import cells, clean, fitted, unfit

any_text = st.text(st.characters(exclude_categories=()), max_size=300)
any_float = st.floats()
HANGUL = "점수"


# Text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("score", "score"),
        ("a\tb\nc\r", "a�b�c�"),
        ("\x1b[31mred\x07", "�[31mred�"),
        ("a\x00b\x7f", "a�b�"),
        ("\x9b31m \x85", "�31m �"),
        ("a\u202eb\u2066c\u200f", "a�b�c�"),
        ("zero\u200bwidth\ufeff", "zero�width�"),
        ("a\u2028b\u2029", "a�b�"),
        ("\udcff\ud800", "��"),
        ("\ue000\U000e0001\u0378", "���"),
        ("", ""),
        ("[bold]x[/]", "[bold]x[/]"),
        (unicodedata.normalize("NFD", HANGUL), HANGUL),
        ("e\u0301", "é"),
        ("漢字 ∇ 😀", "漢字 ∇ 😀"),
    ],
    ids=ascii,
)
def test_text_is_made_safe_to_show(text, shown):
    assert clean(text) == shown


@pytest.mark.parametrize("mark", ["\u0323", "\u20dd", "\u0e34", "\ufe0f", "\u034f"], ids=ascii)
def test_marks_piled_on_one_character_are_cut(mark):
    assert clean("x" + mark * 100 + "y", 500) == "x" + mark * 4 + "y"


@pytest.mark.parametrize("jamo", ["\u1160", "\u11a8", "\ud7b0", "\ud7cb"], ids=ascii)
def test_parts_of_hangul_piled_on_one_are_cut(jamo):
    assert len(clean("\u1100" + jamo * 100, 500)) <= 5


def test_marks_on_each_character_are_kept():
    text = "q\u0323\u0307" * 10
    assert clean(text) == text


@pytest.mark.parametrize(("length", "shown"), [(5, "aaaaa"), (6, "aaaa…"), (10_000, "aaaa…")])
def test_long_text_is_cut_with_a_sign(length, shown):
    assert clean("a" * length, 5) == shown


@given(any_text, st.integers(1, 250))
def test_clean_text_is_one_line_of_safe_characters(text, most):
    shown = clean(text, most)
    assert len(shown) <= most
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    shown.encode()
    assert clean(shown, most) == shown


# Numbers read


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.05", 0.05),
        ("0,05", 0.05),
        ("−2", -2),
        ("-2", -2),
        ("+3", 3),
        ("1e-3", 0.001),
        ("1E3", 1000),
        ("1e−3", 0.001),
        ("-1,5e2", -150),
        (".5", 0.5),
        ("5.", 5),
        (" 7\n", 7),
        ("0", 0),
        ("1e-999", 0),
        ("007", 7),
        ("1/7", 1 / 7),
        (" −5 / 4", -1.25),
        ("1,5/3", 0.5),
    ],
)
def test_a_number_is_read_as_people_write_it(text, number):
    assert parse_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "1_000",
        "\uff11\uff12",  # full-width digits
        "\u0663",  # an Arabic digit
        "nan",
        "inf",
        "-Infinity",
        "1,2,3",
        "1,000.5",
        "1 000",
        "0x10",
        "--1",
        "1e",
        "e5",
        ".",
        ",",
        "-",
        "1e5.5",
        "1/x",
        "1/2/3",
        "five",
        "1\x1b[2J",
    ],
    ids=ascii,
)
def test_what_is_not_a_number_is_refused(text):
    with pytest.raises(ValueError, match=r"^'.*' is not a number$") as caught:
        parse_number(text)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("text", ["1e999", "-1e400", "9" * 400, "1e300/1e-300"])
def test_a_number_out_of_range_is_refused(text):
    with pytest.raises(ValueError, match=r"is too large$"):
        parse_number(text)


def test_a_number_divided_by_0_is_refused():
    with pytest.raises(ValueError, match=r"^'1/0' divides by 0$"):
        parse_number("1/0")


@pytest.mark.parametrize("text", ["", "  ", "\n", "1/", "/"])
def test_no_number_at_all_is_refused(text):
    with pytest.raises(ValueError, match=r"^must be a number$"):
        parse_number(text)


@given(any_text)
def test_any_text_is_a_finite_number_or_a_short_reason(text):
    try:
        number, reason = parse_number(text), ""
    except ValueError as error:
        number, reason = 0.0, str(error)
    assert math.isfinite(number)
    assert len(reason.encode()) < 150


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1,2,3", (1, 2, 3)),
        ("1 2\t3", (1, 2, 3)),
        ("[1, −2; 3.5]", (1, -2, 3.5)),
        (" 4 ", (4,)),
        ("1,\n2", (1, 2)),
        ("1/3, 2/3 −1/4", (1 / 3, 2 / 3, -0.25)),
    ],
)
def test_a_list_of_numbers_is_read(text, numbers):
    assert parse_numbers(text) == numbers


@pytest.mark.parametrize("text", ["", " ", "[]", ",", "1,x", "1,nan", "1-2"])
def test_a_list_without_numbers_is_refused(text):
    with pytest.raises(ValueError, match=r"needs at least one|not a number"):
        parse_numbers(text)


@pytest.mark.parametrize("text", ["1,5 2,5", "1,5; 2,5", "0,5 −1,5", "1,2 3", "[1,5 2]", "1 ,5 2,5"])
def test_a_list_in_which_a_comma_may_be_a_decimal_one_is_refused_naming_the_point(text):
    with pytest.raises(ValueError, match=r"decimals as 1\.5 2\.5"):
        parse_numbers(text)


# Numbers written


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_shortest_digits_read_back_to_the_same_number(value):
    assert float(shortest(value)) == value
    assert parse_number(shortest(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1, "0.1"), (3.0, "3"), (3, "3"), (-2.0, "-2"), (1e-9, "1e-09"), (1e15, "1000000000000000"), (1e16, "1e+16")],
)
def test_the_shortest_digits(value, text):
    assert shortest(value) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1.4, 3, "1.400"),
        (-2.24, 2, "−2.24"),
        (0.0, 2, "0.00"),
        (-0.0, 2, "0.00"),
        (-0.0004, 3, "0.000"),
        (-0.0006, 3, "−0.001"),
        (9_999_999.0, 1, "9999999.0"),
        (1e7, 6, "1.000e7"),
        (-2.34567e38, 6, "−2.346e38"),
        (math.inf, 2, "too large"),
        (-math.inf, 2, "too large"),
        (math.nan, 2, "too large"),
    ],
)
def test_fixed_decimals_while_that_stays_readable(value, decimals, text):
    assert fixed(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1 / 7, 6, "0.142857"),
        (-2.24, 6, "−2.24"),
        (3.0, 6, "3"),
        (0.0, 6, "0"),
        (-0.0, 6, "0"),
        (1e-9, 6, "1e-9"),
        (123456789.0, 3, "1.23e8"),
        (1e-12, 6, "1e-12"),
        (math.nan, 6, "too large"),
        (math.inf, 6, "too large"),
    ],
)
def test_significant_digits(value, digits, text):
    assert significant(value, digits) == text


@given(any_float, st.integers(0, 8))
def test_a_number_on_the_screen_is_short_and_never_inf_or_nan(value, decimals):
    for text in (fixed(value, decimals), significant(value, decimals + 1)):
        assert text == "too large" or re.fullmatch(r"−?\d+(\.\d+)?(e[−+-]?\d+)?", text)
        assert len(text) <= 20
        assert math.isfinite(value) == (text != "too large")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_significant_digits_read_back_to_nearly_the_same(value):
    assert float(significant(value, 12).replace("−", "-")) == pytest.approx(value, rel=1e-11, abs=5e-324)


def test_a_true_minus_sign_stands_only_before_negative_numbers():
    assert signed("-1.5") == "−1.5"
    assert signed("1.5") == "1.5"


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 rows"), (1, "1 row"), (3, "3 rows"), (1_000_000, "1,000,000 rows")]
)
def test_a_count_has_its_noun(number, text):
    assert count(number, "row") == text


def test_every_noun_that_is_counted_has_its_plural():
    nouns = {
        noun
        for path in paths()
        for noun in re.findall(r"\b(?:count|counted)\(.+?, [\"'](\w+)[\"']\)", path.read_text())
    }
    assert "row" in nouns
    assert [count(2, noun) for noun in sorted(nouns)] == [f"2 {noun}s" for noun in sorted(nouns)]


@pytest.mark.parametrize(("text", "number"), [("10", 10), ("1e3", 1000), ("−5", -5), ("007", 7), ("10.0", 10)])
def test_a_whole_number_is_read(text, number):
    assert parse_whole(text) == number
    assert isinstance(parse_whole(text), int)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1_0", "is not a number"),
        ("\uff11\uff10", "is not a number"),
        ("1.5", "must be a whole number"),
        ("1e999", "is too large"),
        ("1", "must be from 2 to 1,000, not 1"),
        ("1001", "must be from 2 to 1,000, not 1001"),
    ],
)
def test_what_is_no_whole_number_within_its_limits_is_refused(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_whole(text, 2, 1000)


@given(any_text)
def test_a_text_that_is_fit_stays_as_it_is(text):
    composed = unicodedata.normalize("NFC", text)
    line = composed.replace("\n", " ").replace("\t", " ")
    assert (unfit(composed) is None) == (clean(line, len(line) + 1) == line)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("slope", "slope   "),
        ("기울기", "기울기  "),
        ("기울기와 학습률", "기울기… "),
        ("slope and lr", "slope a…"),
        ("", " " * 8),
    ],
)
def test_a_text_is_fitted_into_columns_of_the_terminal(text: str, shown: str):
    assert (fitted(text, 8), cells(shown)) == (shown, 8)


def test_the_list_of_lessons_keeps_its_columns_with_korean_names():
    lesson = lesson_named("slope")
    korean = msgspec.structs.replace(
        lesson, name="기울기", lesson=msgspec.structs.replace(lesson.lesson, title="기울기는 얼마나 가파른가")
    )
    lines = [CatalogueEntry(1, loaded, "begun").line for loaded in (lesson, korean)]
    assert len({cells(line) for line in lines}) == 1
    assert len({cells(line.partition(" min")[0]) for line in lines}) == 1
