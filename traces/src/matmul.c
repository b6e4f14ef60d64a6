/* Matrix product with every row on a page of its own, done in two loop orders.
 *
 * A row holds N doubles but is padded to 4096 bytes, and the matrices are
 * page-aligned, so a[i][*] is one page and a[*][j] is N pages.
 *
 *   by_column: the textbook i-j-k order; the inner loop walks down a column
 *              of b, a new page at every step.
 *   by_row:    the i-k-j order; the inner loop stays on one row of b and
 *              one row of c.
 *
 * Both do the same arithmetic; only the order of the accesses differs.
 */
#include <stdio.h>

#define N 72                              /* rows and columns in use */
#define ROW (4096 / sizeof(double))       /* doubles a row occupies */

typedef double matrix[N][ROW];

typedef matrix page_matrix __attribute__((aligned(4096)));

static page_matrix a, b, c, d;

static void by_column(matrix x, matrix y, matrix z)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double sum = 0;
            for (int k = 0; k < N; k++)
                sum += x[i][k] * y[k][j];
            z[i][j] = sum;
        }
}

static void by_row(matrix x, matrix y, matrix z)
{
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++) {
            double xik = x[i][k];
            for (int j = 0; j < N; j++)
                z[i][j] += xik * y[k][j];
        }
}

int main(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = i + j;
            b[i][j] = i - j;
        }

    by_column(a, b, c);
    by_row(a, b, d);

    int same = 1;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            same &= c[i][j] == d[i][j];
    printf("%s %.0f\n", same ? "same" : "different", c[N - 1][N - 1]);
    return !same;
}
