#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace scoop {

/// The words of a text in lower case, in their order.
std::vector<std::string> words(std::string_view text);

/// How often each word occurs.
class Histogram {
public:
    void add(const std::vector<std::string>& words);
    std::vector<std::pair<std::string, int>> most_frequent(std::size_t count) const;

private:
    std::map<std::string, int> counts_;
};

}  // namespace scoop
