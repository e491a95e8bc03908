#pragma once

#include <cstddef>
#include <vector>

#include "scoop/rational.hpp"

namespace scoop {

/// A matrix of fractions: what is singular is exactly singular.
class Matrix {
public:
    explicit Matrix(std::size_t size);

    static Matrix hilbert(std::size_t size);

    std::size_t size() const { return size_; }
    Rational& at(std::size_t row, std::size_t column) { return cells_[row * size_ + column]; }
    const Rational& at(std::size_t row, std::size_t column) const { return cells_[row * size_ + column]; }

    Rational determinant() const;
    Matrix inverse() const;

    friend Matrix operator*(const Matrix& a, const Matrix& b);

private:
    std::size_t size_;
    std::vector<Rational> cells_;
};

}  // namespace scoop
