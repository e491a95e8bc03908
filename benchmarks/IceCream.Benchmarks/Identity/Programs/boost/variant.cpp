#include <boost/variant.hpp>
#include <boost/variant/recursive_variant.hpp>
#include <string>
#include <vector>
using Tree = boost::make_recursive_variant<int, std::vector<boost::recursive_variant_>>::type;
struct Sum : boost::static_visitor<int> {
    int operator()(int n) const { return n; }
    int operator()(std::vector<Tree> const &v) const { int n = 0; for (auto &t : v) n += boost::apply_visitor(*this, t); return n; }
};
int main() { Tree t = std::vector<Tree>{1, 2}; return boost::apply_visitor(Sum(), t) - 3; }
