"""Amounts in words, against what stands in grammars and on cheques."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.documents.spelling import arabic, english, french, in_words
from protocol.errors import Malformed
from protocol.vocabulary.money import MAX_AMOUNT_MINOR

FRENCH = {
    0: "zéro",
    1: "un",
    16: "seize",
    17: "dix-sept",
    21: "vingt et un",
    22: "vingt-deux",
    31: "trente et un",
    60: "soixante",
    61: "soixante et un",
    70: "soixante-dix",
    71: "soixante et onze",
    72: "soixante-douze",
    77: "soixante-dix-sept",
    80: "quatre-vingts",
    81: "quatre-vingt-un",
    90: "quatre-vingt-dix",
    91: "quatre-vingt-onze",
    99: "quatre-vingt-dix-neuf",
    100: "cent",
    101: "cent un",
    180: "cent quatre-vingts",
    200: "deux cents",
    201: "deux cent un",
    280: "deux cent quatre-vingts",
    999: "neuf cent quatre-vingt-dix-neuf",
    1_000: "mille",
    1_001: "mille un",
    1_100: "mille cent",
    1_200: "mille deux cents",
    2_000: "deux mille",
    21_000: "vingt et un mille",
    71_000: "soixante et onze mille",
    80_000: "quatre-vingt mille",
    80_080: "quatre-vingt mille quatre-vingts",
    100_000: "cent mille",
    200_000: "deux cent mille",
    200_200: "deux cent mille deux cents",
    280_000: "deux cent quatre-vingt mille",
    10**6: "un million",
    2 * 10**6: "deux millions",
    80 * 10**6: "quatre-vingts millions",
    200 * 10**6: "deux cents millions",
    1_001_001: "un million mille un",
    10**9: "un milliard",
    3 * 10**9 + 80_000_200: "trois milliards quatre-vingts millions deux cents",
    10**12: "mille milliards",
}
ENGLISH = {
    0: "zero",
    1: "one",
    21: "twenty-one",
    80: "eighty",
    100: "one hundred",
    101: "one hundred and one",
    999: "nine hundred and ninety-nine",
    1_000: "one thousand",
    1_001: "one thousand and one",
    1_100: "one thousand one hundred",
    12_345: "twelve thousand three hundred and forty-five",
    10**6: "one million",
    1_000_021: "one million and twenty-one",
    10**9: "one billion",
    10**12: "one thousand billion",
}
# Alone, in the nominative, of masculine things.
ARABIC = {
    0: "صفر",
    1: "واحد",
    2: "اثنان",
    8: "ثمانية",
    10: "عشرة",
    11: "أحد عشر",
    12: "اثنا عشر",
    18: "ثمانية عشر",
    20: "عشرون",
    21: "واحد وعشرون",
    71: "واحد وسبعون",
    80: "ثمانون",
    81: "واحد وثمانون",
    91: "واحد وتسعون",
    100: "مائة",
    101: "مائة وواحد",
    200: "مائتان",
    999: "تسعمائة وتسعة وتسعون",
    1_000: "ألف",
    1_001: "ألف وواحد",
    2_000: "ألفان",
    2_200: "ألفان ومائتان",
    3_000: "ثلاثة آلاف",
    11_000: "أحد عشر ألفا",
    100_000: "مائة ألف",
    101_000: "مائة ألف وألف",
    102_000: "مائة ألف وألفان",
    110_000: "مائة وعشرة آلاف",
    200_000: "مائتا ألف",
    202_000: "مائتا ألف وألفان",
    10**6: "مليون",
    2 * 10**6: "مليونان",
    3 * 10**6: "ثلاثة ملايين",
    10**9: "مليار",
    10**12: "ألف مليار",
}
# With what is counted: its case and number follow the last two digits.
DINARS = {
    0: "صفر دينار جزائري",
    1: "دينار جزائري واحد",
    2: "ديناران جزائريان",
    3: "ثلاثة دنانير جزائرية",
    10: "عشرة دنانير جزائرية",
    11: "أحد عشر دينارا جزائريا",
    21: "واحد وعشرون دينارا جزائريا",
    99: "تسعة وتسعون دينارا جزائريا",
    100: "مائة دينار جزائري",
    101: "مائة دينار جزائري ودينار واحد",
    102: "مائة دينار جزائري وديناران",
    103: "مائة وثلاثة دنانير جزائرية",
    111: "مائة وأحد عشر دينارا جزائريا",
    200: "مائتا دينار جزائري",
    201: "مائتا دينار جزائري ودينار واحد",
    1_000: "ألف دينار جزائري",
    1_001: "ألف دينار جزائري ودينار واحد",
    1_200: "ألف ومائتا دينار جزائري",
    2_000: "ألفا دينار جزائري",
    2_005: "ألفان وخمسة دنانير جزائرية",
    3_000: "ثلاثة آلاف دينار جزائري",
    11_000: "أحد عشر ألف دينار جزائري",
    11_050: "أحد عشر ألفا وخمسون دينارا جزائريا",
    100_000: "مائة ألف دينار جزائري",
    102_000: "مائة ألف وألفا دينار جزائري",
    200_000: "مائتا ألف دينار جزائري",
    10**6: "مليون دينار جزائري",
    2 * 10**6: "مليونا دينار جزائري",
    45 * 10**6: "خمسة وأربعون مليون دينار جزائري",
    10**9: "مليار دينار جزائري",
    10**10: "عشرة مليارات دينار جزائري",
}


@pytest.mark.parametrize(("number", "words"), FRENCH.items())
def test_french_numbers(number: int, words: str) -> None:
    assert french.cardinal(number) == words


@pytest.mark.parametrize(("number", "words"), ENGLISH.items())
def test_english_numbers(number: int, words: str) -> None:
    assert english.cardinal(number) == words


@pytest.mark.parametrize(("number", "words"), ARABIC.items())
def test_arabic_numbers(number: int, words: str) -> None:
    assert arabic.cardinal(number) == words


@pytest.mark.parametrize(("dinars", "words"), DINARS.items())
def test_arabic_dinars(dinars: int, words: str) -> None:
    assert in_words(dinars * 100, "DZD", "ar") == words


@pytest.mark.parametrize(
    ("amount_minor", "currency", "language", "words"),
    [
        (0, "DZD", "fr", "zéro dinar algérien"),
        (1_00, "DZD", "fr", "un dinar algérien"),
        (2_00, "DZD", "fr", "deux dinars algériens"),
        (50, "DZD", "fr", "cinquante centimes"),
        (1, "DZD", "fr", "un centime"),
        (1_200_56, "DZD", "fr", "mille deux cents dinars algériens et cinquante-six centimes"),
        (1_000_000_00, "DZD", "fr", "un million de dinars algériens"),
        (1_000_001_00, "DZD", "fr", "un million un dinars algériens"),
        (2_000_000_000_00, "EUR", "fr", "deux milliards d'euros"),
        (1_00, "GBP", "fr", "une livre sterling"),
        (21_01, "GBP", "fr", "vingt et une livres sterling et un penny"),
        (81_00, "GBP", "fr", "quatre-vingt-une livres sterling"),
        (80_00, "GBP", "fr", "quatre-vingts livres sterling"),
        (1_005, "TND", "fr", "un dinar tunisien et cinq millimes"),
        (12_45, "CHF", "fr", "douze CHF et 45/100"),
        (12, "JPY", "fr", "douze JPY"),
        (-5_00, "DZD", "fr", "moins cinq dinars algériens"),
        (5_00, "DZD", "tlh", "cinq dinars algériens"),
        (1_00, "DZD", "en", "one Algerian dinar"),
        (210_56, "DZD", "en", "two hundred and ten Algerian dinars and fifty-six centimes"),
        (1, "GBP", "en", "one penny"),
        (-12_45, "CHF", "en", "minus twelve CHF and 45/100"),
        (3_00, "CHF", "en", "three CHF"),
        (50, "DZD", "ar", "خمسون سنتيما"),
        (1, "DZD", "ar", "سنتيم واحد"),
        (2, "DZD", "ar", "سنتيمان"),
        (1_234_56, "DZD", "ar", "ألف ومائتان وأربعة وثلاثون دينارا جزائريا وستة وخمسون سنتيما"),
        (2_03, "EUR", "ar", "يوروان وثلاثة سنتات"),
        (101_00, "EUR", "ar", "مائة يورو ويورو واحد"),
        (15_00, "EUR", "ar", "خمسة عشر يورو"),
        (3_002, "TND", "ar", "ثلاثة دنانير تونسية ومليمان"),
        (-12_45, "CHF", "ar", "ناقص اثنا عشر CHF و45/100"),
        (3_00, "CHF", "ar", "ثلاثة CHF"),
    ],
)  # fmt: skip
def test_amounts(amount_minor: int, currency: str, language: str, words: str) -> None:
    assert in_words(amount_minor, currency, language) == words


def test_what_is_no_amount_is_refused() -> None:
    with pytest.raises(Malformed, match="amount-too-large"):
        in_words(MAX_AMOUNT_MINOR + 1, "DZD", "fr")
    with pytest.raises(Malformed, match="unknown-currency"):
        in_words(1, "XYZ", "fr")


NUMBERS = st.one_of(
    st.integers(0, 10**12), st.integers(0, 1100), st.integers(0, 10**4).map(lambda n: n * 1000)
)


@given(number=NUMBERS)
def test_french_numbers_mean_what_they_say(number: int) -> None:
    assert french_value(french.cardinal(number)) == number


@given(number=NUMBERS)
def test_english_numbers_mean_what_they_say(number: int) -> None:
    assert english_value(english.cardinal(number)) == number


@given(number=NUMBERS)
def test_arabic_numbers_mean_what_they_say(number: int) -> None:
    assert arabic_value(arabic.cardinal(number)) == number
    assert arabic_value(arabic.cardinal(number, bound=True)) == number


def french_value(words: str) -> int:
    """By a reader of its own: every word is a number that adds or multiplies."""
    small = {word: value for value, word in enumerate(french._SMALL) if "-" not in word}
    small |= {"vingt": 20, "vingts": 20, "trente": 30, "quarante": 40}
    small |= {"cinquante": 50, "soixante": 60}
    scales = {"mille": 10**3, "million": 10**6, "milliard": 10**9}
    total = group = 0
    before = ""
    for word in re.split("[ -]", words):
        if word.rstrip("s") in ("million", "milliard") or word == "mille":
            scale = scales[word.rstrip("s")]
            if scale == 10**3 and words.startswith("mille milliard") and not total:
                group = 1000
                continue
            total += max(1, group) * scale
            group = 0
        elif word in ("cent", "cents"):
            group = max(1, group) * 100
        elif word in ("vingt", "vingts") and before == "quatre":
            group += 76
        elif word != "et":
            group += small[word]
        before = word
    return total + group


def english_value(words: str) -> int:
    tens = ["", "", *english._TENS]
    scales = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
    total = group = 0
    for word in re.split("[ -]", words):
        if word in scales:
            held = total + group if word == "billion" else group
            total = (0 if word == "billion" else total) + held * scales[word]
            group = 0
        elif word == "hundred":
            group *= 100
        elif word != "and":
            group += english._SMALL.index(word) if word in english._SMALL else 10 * tens.index(word)
    return total + group


def arabic_value(words: str) -> int:
    """Parts joined by "and" add up; a scale multiplies what has gathered before it."""
    small = {word.replace("_", " "): value for value, word in enumerate(arabic._ONES)}
    small |= {word: 20 + 10 * at for at, word in enumerate(arabic._TENS)}
    small |= {word: 100 + 100 * at for at, word in enumerate(arabic._HUNDREDS)}
    small["مائتا"] = 200
    one: dict[str, int] = {}
    two: dict[str, int] = {}
    for scale, noun in arabic._SCALES:
        one |= dict.fromkeys((noun.singular, noun.plural, noun.accusative), scale)
        two |= dict.fromkeys((noun.dual, noun.dual.removesuffix("ن")), 2 * scale)
    total = group = 0
    for part in words.split(" و"):
        counted, _, unit = part.rpartition(" ")
        if part in small:
            group += small[part]
            continue
        if counted in one:  # a thousand milliards
            total += one[counted] * one[unit]
        elif counted:
            total += (group + small[counted]) * one[unit]
        else:  # of this or after hundreds of them; a dual may look like an accusative
            total += two.get(unit) or one[unit]
        group = 0
    return total + group
