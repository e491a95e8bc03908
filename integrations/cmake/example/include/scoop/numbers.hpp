#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace scoop {

/// The primes below a limit.
std::vector<std::uint32_t> primes_below(std::uint32_t limit);

/// A set of integers, kept as disjoint half-open intervals.
class Intervals {
public:
    void add(int begin, int end);
    bool contains(int value) const;
    std::size_t count() const { return parts_.size(); }
    int covered() const;

private:
    std::set<std::pair<int, int>> parts_;
};

}  // namespace scoop
