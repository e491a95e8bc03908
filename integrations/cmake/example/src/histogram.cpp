#include <algorithm>

#include "scoop/text.hpp"

namespace scoop {

void Histogram::add(const std::vector<std::string>& words) {
    for (const std::string& word : words) {
        ++counts_[word];
    }
}

std::vector<std::pair<std::string, int>> Histogram::most_frequent(std::size_t count) const {
    std::vector<std::pair<std::string, int>> sorted(counts_.begin(), counts_.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    sorted.resize(std::min(count, sorted.size()));
    return sorted;
}

}  // namespace scoop
