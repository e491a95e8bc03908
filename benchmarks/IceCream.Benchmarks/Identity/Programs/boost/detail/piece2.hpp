static const int piece2 = 2;
