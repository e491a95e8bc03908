#include <boost/local_function.hpp>
#include <boost/scope_exit.hpp>
#include <boost/foreach.hpp>
#include <vector>
int main() {
    int n = 0; BOOST_SCOPE_EXIT_ALL(&) { n = 1; };
    int BOOST_LOCAL_FUNCTION(int a, default 2) { return 2 * a; } BOOST_LOCAL_FUNCTION_NAME(twice)
    std::vector<int> v{1, 2}; BOOST_FOREACH (int i, v) n += i;
    return twice() - 4;
}
