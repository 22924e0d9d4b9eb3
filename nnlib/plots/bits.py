"""How a number is stored: one row of little boxes for each format."""

import math

from matplotlib.patches import Rectangle

from nnlib.plots.style import BLUE, BLUE_FILL, INK, MUTED, RED, RED_FILL, subplots

FORMATS = {  # name: bits of the exponent, bits of the fraction; one more bit is the sign
    "float32": (8, 23),
    "tf32": (8, 10),
    "bfloat16": (8, 7),
    "float16": (5, 10),
}
FILLS = {"sign": "#e3e7eb", "exponent": RED_FILL, "fraction": BLUE_FILL}
INKS = {"sign": INK, "exponent": RED, "fraction": BLUE}


def round_to(value, exponent_bits, fraction_bits):
    """The number nearest to `value` that the format holds, as IEEE 754 rounds: a tie goes to the even fraction.

    Too large numbers become infinite; below the normal range the steps stay equal (subnormal numbers).
    """
    if value == 0.0 or not math.isfinite(value):
        return value
    bias = 2 ** (exponent_bits - 1) - 1
    exponent = max(math.frexp(abs(value))[1] - 1, 1 - bias)
    step = exponent - fraction_bits  # neighbours are 2^step apart
    rounded = math.ldexp(round(math.ldexp(abs(value), -step)), step)  # Python's round() takes the even one, too
    largest = math.ldexp(2.0 - 2.0**-fraction_bits, bias)
    return math.copysign(rounded if rounded <= largest else math.inf, value)


def bits_of(value, exponent_bits, fraction_bits):
    """The three fields (sign, exponent, fraction) of the nearest number in the format, as strings of 0 and 1."""
    number = round_to(value, exponent_bits, fraction_bits)
    bias = 2 ** (exponent_bits - 1) - 1
    if math.isnan(number):
        exponent, fraction = 2**exponent_bits - 1, 2 ** (fraction_bits - 1)
    elif math.isinf(number):
        exponent, fraction = 2**exponent_bits - 1, 0
    else:
        mantissa, power = math.frexp(abs(number))  # |number| = mantissa · 2^power with ½ ≤ mantissa < 1
        exponent = power - 1 + bias
        if number == 0.0 or exponent < 1:  # zero and the subnormal numbers have the exponent field 0
            exponent, fraction = 0, int(math.ldexp(abs(number), bias - 1 + fraction_bits))
        else:
            fraction = int(math.ldexp(2.0 * mantissa - 1.0, fraction_bits))
    sign = "1" if math.copysign(1.0, number) < 0 else "0"
    return sign, f"{exponent:0{exponent_bits}b}", f"{fraction:0{fraction_bits}b}"


def draw_bits(value, formats=FORMATS):
    """The bits of `value` in every format, one row each: sign, exponent, fraction, and what is really stored.

    formats: {name: (bits of the exponent, bits of the fraction)}.
    """
    rows = len(formats)
    figure, ax = subplots(5.2, 0.82 * rows + 0.35)
    ax.set_axis_off()
    for row, (name, sizes) in enumerate(formats.items()):
        bottom, left = -row, 0
        stored = round_to(value, *sizes)
        ax.text(0, bottom + 0.62, name, weight="bold", size=12, va="bottom")
        ax.text(32, bottom + 0.62, f"stores {stored:.9g}".replace("-", "−").replace("inf", "∞"), size=12, va="bottom",
                ha="right", color=INK if stored == value else MUTED)
        for field, bits in zip(FILLS, bits_of(value, *sizes)):
            for bit in bits:
                ax.add_patch(Rectangle((left, bottom), 1, 0.55, facecolor=FILLS[field], edgecolor=MUTED, linewidth=0.6))
                ax.text(left + 0.5, bottom + 0.26, bit, ha="center", va="center", size=10, color=INKS[field],
                        weight="bold" if bit == "1" else "normal")
                left += 1
    for at, field in ((0.0, "sign"), (4.2, "exponent"), (10.6, "fraction")):
        ax.add_patch(Rectangle((at, 1.18), 0.9, 0.3, facecolor=FILLS[field], edgecolor=MUTED, linewidth=0.6))
        ax.text(at + 1.2, 1.32, field, va="center", size=11, color=INKS[field])
    ax.set(xlim=(-0.1, 32.1), ylim=(0.94 - rows, 1.55))
    return figure
