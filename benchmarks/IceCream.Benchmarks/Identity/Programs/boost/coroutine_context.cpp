#include <boost/coroutine2/all.hpp>
#include <boost/context/fiber.hpp>
using Coroutine = boost::coroutines2::coroutine<int>;
int sum() { Coroutine::pull_type source([](Coroutine::push_type &sink) { sink(1); sink(2); }); int n = 0; for (int i : source) n += i; return n; }
