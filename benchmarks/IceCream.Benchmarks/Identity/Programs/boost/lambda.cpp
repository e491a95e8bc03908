#include <boost/lambda/lambda.hpp>
#include <boost/lambda/bind.hpp>
#include <boost/lambda/if.hpp>
#include <boost/lambda/loops.hpp>
#include <algorithm>
#include <vector>
using namespace boost::lambda;
int main() { std::vector<int> v{1, 2}; std::for_each(v.begin(), v.end(), _1 = _1 * 2); return v[1] - 4; }
