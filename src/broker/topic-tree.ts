// Filters with values, asked by topic: who wants this message? Must never depend on how many filters do not match.

interface Node<T> {
  readonly children: Map<string, Node<T>>;
  readonly values: T[];
}

export interface TopicTree<T> {
  readonly size: number;
  add(filter: string, value: T): void;
  remove(filter: string, value: T): void;
  /** Values of all filters that match. `#` and `+` in first place do not match topics that begin with `$`. */
  match(topic: string): T[];
  has(topic: string): boolean;
}

export function createTopicTree<T>(): TopicTree<T> {
  const root = newNode<T>();
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(filter, value) {
      let node = root;
      for (const level of filter.split('/')) {
        let child = node.children.get(level);
        if (child === undefined) {
          child = newNode();
          node.children.set(level, child);
        }
        node = child;
      }
      node.values.push(value);
      size++;
    },
    remove(filter, value) {
      if (removeFrom(root, filter.split('/'), 0, value)) size--;
    },
    match(topic) {
      const found: T[] = [];
      if (size > 0) collect(root, topic.split('/'), 0, topic.startsWith('$'), found);
      return found;
    },
    has(topic) {
      return this.match(topic).length > 0;
    },
  };
}

function newNode<T>(): Node<T> {
  return { children: new Map(), values: [] };
}

function collect<T>(node: Node<T>, levels: string[], at: number, dollar: boolean, found: T[]): void {
  const wild = !(dollar && at === 0);
  if (wild) {
    const rest = node.children.get('#');
    if (rest !== undefined) for (const value of rest.values) found.push(value);
  }
  if (at === levels.length) {
    for (const value of node.values) found.push(value);
    return;
  }
  const exact = node.children.get(levels[at]!);
  if (exact !== undefined) collect(exact, levels, at + 1, dollar, found);
  if (!wild) return;
  const one = node.children.get('+');
  if (one !== undefined) collect(one, levels, at + 1, dollar, found);
}

function removeFrom<T>(node: Node<T>, levels: string[], at: number, value: T): boolean {
  if (at === levels.length) {
    const index = node.values.indexOf(value);
    if (index < 0) return false;
    node.values.splice(index, 1);
    return true;
  }
  const level = levels[at]!;
  const child = node.children.get(level);
  if (child === undefined || !removeFrom(child, levels, at + 1, value)) return false;
  if (child.values.length === 0 && child.children.size === 0) node.children.delete(level);
  return true;
}
