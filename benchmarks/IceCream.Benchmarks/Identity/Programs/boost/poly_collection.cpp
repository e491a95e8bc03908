#include <boost/poly_collection/base_collection.hpp>
#include <boost/poly_collection/algorithm.hpp>
#include <boost/heap/fibonacci_heap.hpp>
#include <boost/circular_buffer.hpp>
struct Shape { virtual ~Shape() = default; virtual int area() const = 0; };
struct Square final : Shape { int area() const override { return 4; } };
int main() { boost::base_collection<Shape> c; c.insert(Square()); int n = 0; for (auto &s : c) n += s.area(); return n - 4; }
