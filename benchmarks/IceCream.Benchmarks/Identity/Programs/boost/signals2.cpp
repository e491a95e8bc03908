#include <boost/signals2.hpp>
int main() { boost::signals2::signal<int(int, int)> s; s.connect([](int a, int b) { return a + b; }); return *s(1, 2) - 3; }
