#pragma once

#include <cstdint>
#include <ostream>

namespace scoop {

/// A fraction in lowest terms, its denominator positive.
class Rational {
public:
    Rational(std::int64_t numerator = 0, std::int64_t denominator = 1);

    std::int64_t numerator() const { return numerator_; }
    std::int64_t denominator() const { return denominator_; }

    friend Rational operator+(const Rational& a, const Rational& b);
    friend Rational operator-(const Rational& a, const Rational& b);
    friend Rational operator*(const Rational& a, const Rational& b);
    friend Rational operator/(const Rational& a, const Rational& b);
    friend bool operator==(const Rational& a, const Rational& b);
    friend std::ostream& operator<<(std::ostream& out, const Rational& value);

private:
    std::int64_t numerator_;
    std::int64_t denominator_;
};

}  // namespace scoop
