#include <boost/phoenix.hpp>
#include <algorithm>
#include <vector>
namespace phx = boost::phoenix;
using namespace phx::placeholders;
int main() { std::vector<int> v{1, 2, 3}; int odd = 0; std::for_each(v.begin(), v.end(), phx::if_(arg1 % 2 == 1)[++phx::ref(odd)]); return odd - 2; }
