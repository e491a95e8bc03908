#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <boost/graph/breadth_first_search.hpp>
#include <vector>
using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, boost::property<boost::edge_weight_t, int>>;
int main() {
    Graph g(3); boost::add_edge(0, 1, 2, g); boost::add_edge(1, 2, 3, g); std::vector<int> d(3);
    boost::dijkstra_shortest_paths(g, 0, boost::distance_map(&d[0]));
    return d[2] - 5;
}
