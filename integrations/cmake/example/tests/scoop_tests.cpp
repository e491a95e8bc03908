#include <cstring>
#include <iostream>
#include <string>

#include "scoop/bytes.h"
#include "scoop/matrix.hpp"
#include "scoop/numbers.hpp"
#include "scoop/text.hpp"

namespace {

int failures = 0;

void expect(bool holds, const char* what) {
    if (!holds) {
        ++failures;
        std::cerr << "failed: " << what << '\n';
    }
}

const std::uint8_t* bytes(const char* text) { return reinterpret_cast<const std::uint8_t*>(text); }

void checksums() {
    expect(scoop_crc32(bytes("123456789"), 9) == 0xcbf43926u, "crc32 of the check string");
    expect(scoop_adler32(bytes("Wikipedia"), 9) == 0x11e60398u, "adler32 of a known word");
    char text[16];
    scoop_base64(bytes("foobar"), 4, text);
    expect(std::strcmp(text, "Zm9vYg==") == 0, "base64 with padding");
    expect(scoop_utf8_length(bytes("gl\xc3\xa4ss"), 6) == 5, "code points are counted");
    expect(scoop_utf8_length(bytes("\xc0\xaf"), 2) == -1, "an overlong form is no UTF-8");
}

void fractions() {
    const scoop::Matrix hilbert = scoop::Matrix::hilbert(4);
    expect(hilbert.determinant() == scoop::Rational(1, 6048000), "determinant of a Hilbert matrix");
    const scoop::Matrix product = hilbert * hilbert.inverse();
    for (std::size_t row = 0; row < 4; ++row) {
        for (std::size_t column = 0; column < 4; ++column) {
            expect(product.at(row, column) == scoop::Rational(row == column), "a matrix times its inverse");
        }
    }
}

void numbers() {
    expect(scoop::primes_below(100).size() == 25, "25 primes below 100");
    scoop::Intervals set;
    set.add(1, 3);
    set.add(5, 8);
    set.add(3, 5);
    set.add(10, 12);
    expect(set.count() == 2 && set.covered() == 9, "intervals that touch become one");
    expect(set.contains(7) && !set.contains(8) && !set.contains(9), "an interval is half open");
}

void text() {
    scoop::Histogram histogram;
    histogram.add(scoop::words("Ice cream, ice, ICE; cream soda"));
    const auto top = histogram.most_frequent(2);
    expect(top.size() == 2 && top[0].first == "ice" && top[0].second == 3 && top[1].first == "cream", "words by frequency");
}

}  // namespace

int main() {
    checksums();
    fractions();
    numbers();
    text();
    std::cout << (failures == 0 ? "all is well" : "something is wrong") << '\n';
    return failures == 0 ? 0 : 1;
}
