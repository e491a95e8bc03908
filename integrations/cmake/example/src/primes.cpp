#include "scoop/numbers.hpp"

namespace scoop {

std::vector<std::uint32_t> primes_below(std::uint32_t limit) {
    std::vector<bool> composite(limit);
    std::vector<std::uint32_t> primes;
    for (std::uint32_t n = 2; n < limit; ++n) {
        if (composite[n]) {
            continue;
        }
        primes.push_back(n);
        for (std::uint64_t multiple = std::uint64_t{n} * n; multiple < limit; multiple += n) {
            composite[multiple] = true;
        }
    }
    return primes;
}

}  // namespace scoop
