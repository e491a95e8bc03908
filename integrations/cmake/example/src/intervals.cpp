#include <algorithm>
#include <limits>
#include <numeric>

#include "scoop/numbers.hpp"

namespace scoop {

void Intervals::add(int begin, int end) {
    if (begin >= end) {
        return;
    }
    auto part = parts_.upper_bound({begin, std::numeric_limits<int>::max()});
    if (part != parts_.begin() && std::prev(part)->second >= begin) {
        --part;
    }
    while (part != parts_.end() && part->first <= end) {
        begin = std::min(begin, part->first);
        end = std::max(end, part->second);
        part = parts_.erase(part);
    }
    parts_.emplace(begin, end);
}

bool Intervals::contains(int value) const {
    auto after = parts_.upper_bound({value, std::numeric_limits<int>::max()});
    return after != parts_.begin() && value < std::prev(after)->second;
}

int Intervals::covered() const {
    return std::accumulate(parts_.begin(), parts_.end(), 0, [](int sum, const auto& part) { return sum + part.second - part.first; });
}

}  // namespace scoop
