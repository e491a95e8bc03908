#include <boost/function.hpp>
#include <boost/bind/bind.hpp>
#include <boost/ref.hpp>
#include <boost/mem_fn.hpp>
using namespace boost::placeholders;
static int add(int a, int b, int c) { return a + b + c; }
int main() { boost::function<int(int)> f = boost::bind(&add, _1, 2, 3); return f(1) - 6; }
