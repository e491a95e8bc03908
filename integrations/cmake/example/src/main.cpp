#include <iomanip>
#include <iostream>
#include <iterator>
#include <string>

#include "scoop/bytes.h"
#include "scoop/matrix.hpp"
#include "scoop/numbers.hpp"
#include "scoop/text.hpp"

namespace {

void describe(const std::string& text) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    std::cout << "crc32   " << std::hex << std::setfill('0') << std::setw(8) << scoop_crc32(bytes, text.size()) << '\n'
              << "adler32 " << std::setw(8) << scoop_adler32(bytes, text.size()) << std::dec << '\n'
              << "points  " << scoop_utf8_length(bytes, text.size()) << '\n';
    scoop::Histogram histogram;
    histogram.add(scoop::words(text));
    for (const auto& [word, count] : histogram.most_frequent(3)) {
        std::cout << std::setfill(' ') << std::setw(7) << count << ' ' << word << '\n';
    }
}

}  // namespace

int main(int count, char** arguments) {
    const std::string text = count > 1
        ? std::string(arguments[1])
        : "I scream, you scream, we all scream for ice cream.";
    describe(text);
    std::cout << "primes below 1000: " << scoop::primes_below(1000).size() << '\n'
              << "det of the 5th Hilbert matrix: " << scoop::Matrix::hilbert(5).determinant() << '\n';
}
