//! Who belongs to whom: the pairing with the largest sum of weights.

/// A row and a column that may be paired.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Edge {
    pub row: usize,
    pub column: usize,
    /// What the pair is worth: finite, above 0.
    pub weight: f32,
}

/// Marks a row or column without a partner, and the end of a chain.
const NONE: usize = usize::MAX;

/// Pairs rows with columns. Owns its lists; after the largest problem nothing is allocated.
///
/// Rows and columns that edges hold together are a group and are solved for themselves: few objects
/// of a frame touch, and the cost of the optimal pairing is cubic.
#[derive(Debug, Default)]
pub(super) struct Assigner {
    /// Union-find over rows, then columns.
    parents: Vec<usize>,
    /// First edge of each row, and one past the last edge of all.
    starts: Vec<usize>,
    /// Rows by the root of their group, then by index.
    order: Vec<usize>,
    /// Index in the group of each column of it.
    local: Vec<usize>,
    /// The group's columns.
    columns: Vec<usize>,
    column_of: Vec<usize>,
    group: Group,
}

impl Assigner {
    /// Gives the pairs `(row, column)`, by row within each group.
    ///
    /// * `edges` — sorted by row, at most one for a pair; indices below `rows` and `columns`.
    pub fn run(
        &mut self,
        (rows, columns): (usize, usize),
        edges: &[Edge],
    ) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.group_up(rows, columns, edges);
        self.column_of.clear();
        self.column_of.resize(rows, NONE);
        self.local.clear();
        self.local.resize(columns, NONE);
        let mut first = 0;
        while first < self.order.len() {
            let root = self.parents[self.order[first]];
            let same = |&&row: &&usize| self.parents[row] == root;
            let length = self.order[first..].iter().take_while(same).count();
            self.solve(first..first + length, edges);
            first += length;
        }
        let paired = |(row, &column): (usize, &usize)| (column != NONE).then_some((row, column));
        self.column_of.iter().enumerate().filter_map(paired)
    }

    /// Finds the groups: afterwards each row's parent is its group's root.
    fn group_up(&mut self, rows: usize, columns: usize, edges: &[Edge]) {
        self.parents.clear();
        self.parents.extend(0..rows + columns);
        self.starts.clear();
        for (index, edge) in edges.iter().enumerate() {
            while self.starts.len() <= edge.row {
                self.starts.push(index);
            }
            let (a, b) = (self.root(edge.row), self.root(rows + edge.column));
            // The smaller index is the root, so that it is a row.
            self.parents[a.max(b)] = a.min(b);
        }
        self.starts.resize(rows + 1, edges.len());
        for row in 0..rows {
            self.parents[row] = self.root(row);
        }
        self.order.clear();
        let has_edges = |row: &usize| self.starts[*row] < self.starts[row + 1];
        self.order.extend((0..rows).filter(has_edges));
        let parents = &self.parents;
        self.order.sort_unstable_by_key(|&row| (parents[row], row));
    }

    fn root(&mut self, mut node: usize) -> usize {
        while self.parents[node] != node {
            self.parents[node] = self.parents[self.parents[node]];
            node = self.parents[node];
        }
        node
    }

    /// Pairs the rows of one group, `order[range]`.
    fn solve(&mut self, range: std::ops::Range<usize>, edges: &[Edge]) {
        let Self { starts, order, local, columns, column_of, group, .. } = self;
        let rows = &order[range];
        let edges_of = |row: usize| &edges[starts[row]..starts[row + 1]];
        columns.clear();
        // Most often each has a best of its own, and there is nothing to weigh up.
        let mut contested = false;
        for &row in rows {
            let best = edges_of(row).iter().reduce(|a, b| if b.weight > a.weight { b } else { a });
            let Some(best) = best else { continue };
            contested |= local[best.column] != NONE;
            local[best.column] = row;
            column_of[row] = best.column;
        }
        if !contested {
            return;
        }
        for edge in rows.iter().flat_map(|&row| edges_of(row)) {
            local[edge.column] = NONE;
        }
        for edge in rows.iter().flat_map(|&row| edges_of(row)) {
            if local[edge.column] == NONE {
                local[edge.column] = columns.len();
                columns.push(edge.column);
            }
        }
        // The solver wants no more rows than columns.
        let swapped = rows.len() > columns.len();
        let (short, long) = (rows.len().min(columns.len()), rows.len().max(columns.len()));
        group.clear(short, long);
        for (index, &row) in rows.iter().enumerate() {
            column_of[row] = NONE;
            for edge in edges_of(row) {
                let other = local[edge.column];
                let at = if swapped { other * long + index } else { index * long + other };
                group.weights[at] = edge.weight;
            }
        }
        group.solve();
        for (j, &i) in group.row_of.iter().enumerate() {
            if i == NONE || group.weights[i * long + j] <= 0.0 {
                continue;
            }
            let (index, other) = if swapped { (j, i) } else { (i, j) };
            column_of[rows[index]] = columns[other];
        }
    }
}

/// One group as a dense matrix: the Hungarian algorithm with potentials and shortest augmenting
/// paths, O(rows² · columns).
///
/// Source: J. Munkres 1957 in the form of e-maxx.ru/algo/assignment_hungary, here for the largest sum.
/// A pair without an edge is worth 0: as good as none.
#[derive(Debug, Default)]
struct Group {
    rows: usize,
    columns: usize,
    /// Row-major; 0 where there is no edge.
    weights: Vec<f32>,
    row_potentials: Vec<f32>,
    column_potentials: Vec<f32>,
    /// Row that each column is paired with.
    row_of: Vec<usize>,
    /// Column before each one on the shortest path to it.
    previous: Vec<usize>,
    slack: Vec<f32>,
    done: Vec<bool>,
}

impl Group {
    /// Makes room; `rows` ≤ `columns`.
    fn clear(&mut self, rows: usize, columns: usize) {
        (self.rows, self.columns) = (rows, columns);
        for (list, length) in [
            (&mut self.weights, rows * columns),
            (&mut self.row_potentials, rows),
            (&mut self.column_potentials, columns),
        ] {
            list.clear();
            list.resize(length, 0.0);
        }
        self.row_of.clear();
        self.row_of.resize(columns, NONE);
        self.previous.resize(columns, NONE);
        self.slack.resize(columns, 0.0);
        self.done.resize(columns, false);
    }

    fn solve(&mut self) {
        for row in 0..self.rows {
            let end = self.shortest_path(row);
            // Along the path each column goes over to the row of the one before.
            let mut column = end;
            while column != NONE {
                let before = self.previous[column];
                self.row_of[column] = if before == NONE { row } else { self.row_of[before] };
                column = before;
            }
        }
    }

    /// The cheapest way from `row` to a free column; gives that column.
    fn shortest_path(&mut self, row: usize) -> usize {
        let columns = self.columns;
        self.slack[..columns].fill(f32::INFINITY);
        self.done[..columns].fill(false);
        let (mut from_row, mut from_column) = (row, NONE);
        loop {
            let weights = &self.weights[from_row * columns..][..columns];
            let potential = self.row_potentials[from_row];
            let (mut nearest, mut step) = (NONE, f32::INFINITY);
            for (column, weight) in weights.iter().enumerate() {
                if self.done[column] {
                    continue;
                }
                let reduced = -weight - potential - self.column_potentials[column];
                if reduced < self.slack[column] {
                    self.slack[column] = reduced;
                    self.previous[column] = from_column;
                }
                if self.slack[column] < step || nearest == NONE {
                    (nearest, step) = (column, self.slack[column]);
                }
            }
            self.row_potentials[row] += step;
            for column in 0..columns {
                if self.done[column] {
                    self.row_potentials[self.row_of[column]] += step;
                    self.column_potentials[column] -= step;
                } else {
                    self.slack[column] -= step;
                }
            }
            self.done[nearest] = true;
            if self.row_of[nearest] == NONE {
                return nearest;
            }
            (from_row, from_column) = (self.row_of[nearest], nearest);
        }
    }
}

#[cfg(test)]
mod tests;
