#include "scoop/matrix.hpp"

#include <stdexcept>
#include <utility>

namespace scoop {

Matrix::Matrix(std::size_t size) : size_(size), cells_(size * size) {}

Matrix Matrix::hilbert(std::size_t size) {
    Matrix matrix(size);
    for (std::size_t row = 0; row < size; ++row) {
        for (std::size_t column = 0; column < size; ++column) {
            matrix.at(row, column) = Rational(1, static_cast<std::int64_t>(row + column + 1));
        }
    }
    return matrix;
}

Rational Matrix::determinant() const {
    Matrix rest = *this;
    Rational product = 1;
    for (std::size_t k = 0; k < size_; ++k) {
        std::size_t pivot = k;
        while (pivot < size_ && rest.at(pivot, k) == Rational(0)) {
            ++pivot;
        }
        if (pivot == size_) {
            return 0;
        }
        if (pivot != k) {
            for (std::size_t column = 0; column < size_; ++column) {
                std::swap(rest.at(pivot, column), rest.at(k, column));
            }
            product = Rational(0) - product;
        }
        product = product * rest.at(k, k);
        for (std::size_t row = k + 1; row < size_; ++row) {
            const Rational factor = rest.at(row, k) / rest.at(k, k);
            for (std::size_t column = k; column < size_; ++column) {
                rest.at(row, column) = rest.at(row, column) - factor * rest.at(k, column);
            }
        }
    }
    return product;
}

Matrix Matrix::inverse() const {
    Matrix rest = *this;
    Matrix result(size_);
    for (std::size_t k = 0; k < size_; ++k) {
        result.at(k, k) = 1;
    }
    for (std::size_t k = 0; k < size_; ++k) {
        const Rational pivot = rest.at(k, k);
        if (pivot == Rational(0)) {
            throw std::domain_error("a leading minor is zero");
        }
        for (std::size_t column = 0; column < size_; ++column) {
            rest.at(k, column) = rest.at(k, column) / pivot;
            result.at(k, column) = result.at(k, column) / pivot;
        }
        for (std::size_t row = 0; row < size_; ++row) {
            const Rational factor = rest.at(row, k);
            for (std::size_t column = 0; row != k && column < size_; ++column) {
                rest.at(row, column) = rest.at(row, column) - factor * rest.at(k, column);
                result.at(row, column) = result.at(row, column) - factor * result.at(k, column);
            }
        }
    }
    return result;
}

Matrix operator*(const Matrix& a, const Matrix& b) {
    Matrix product(a.size_);
    for (std::size_t row = 0; row < a.size_; ++row) {
        for (std::size_t column = 0; column < a.size_; ++column) {
            for (std::size_t k = 0; k < a.size_; ++k) {
                product.at(row, column) = product.at(row, column) + a.at(row, k) * b.at(k, column);
            }
        }
    }
    return product;
}

}  // namespace scoop
