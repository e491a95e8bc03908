#include "scoop/rational.hpp"

#include <numeric>
#include <stdexcept>

namespace scoop {

Rational::Rational(std::int64_t numerator, std::int64_t denominator) {
    if (denominator == 0) {
        throw std::domain_error("a fraction over zero");
    }
    const std::int64_t divisor = std::gcd(numerator, denominator) * (denominator < 0 ? -1 : 1);
    numerator_ = numerator / divisor;
    denominator_ = denominator / divisor;
}

Rational operator+(const Rational& a, const Rational& b) {
    const std::int64_t common = std::lcm(a.denominator_, b.denominator_);
    return {a.numerator_ * (common / a.denominator_) + b.numerator_ * (common / b.denominator_), common};
}

Rational operator-(const Rational& a, const Rational& b) { return a + Rational(-b.numerator_, b.denominator_); }

Rational operator*(const Rational& a, const Rational& b) {
    const Rational x(a.numerator_, b.denominator_), y(b.numerator_, a.denominator_);
    return {x.numerator_ * y.numerator_, x.denominator_ * y.denominator_};
}

Rational operator/(const Rational& a, const Rational& b) { return a * Rational(b.denominator_, b.numerator_); }

bool operator==(const Rational& a, const Rational& b) {
    return a.numerator_ == b.numerator_ && a.denominator_ == b.denominator_;
}

std::ostream& operator<<(std::ostream& out, const Rational& value) {
    out << value.numerator_;
    return value.denominator_ == 1 ? out : out << '/' << value.denominator_;
}

}  // namespace scoop
