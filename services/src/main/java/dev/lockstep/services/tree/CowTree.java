package dev.lockstep.services.tree;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;

/**
 * A sorted map that can be copied in constant time: a B+ tree whose nodes are shared by the copies
 * and copied when one of them is about to be written to. A copy that nobody writes to can be read
 * by another thread while the original changes, so a snapshot needs no more memory than what is
 * written to meanwhile.
 *
 * <p>Every node belongs to an edition, a token compared by identity, and is changed in place only
 * by a tree of the same edition. {@link #in} makes a tree of another edition, after which the old
 * tree must not be changed any more. Trees within trees can share the edition of the outer one.
 *
 * <p>Not thread-safe, except that trees which do not change any more can be read by all.
 */
public final class CowTree<K, V> {
  /** Most entries of a leaf, and most children of an inner node. */
  private static final int NODE_MAX = 32;

  private final Comparator<? super K> order;
  private final Object edition;
  private Node root;

  /** Looks at entries until it has seen enough. */
  @FunctionalInterface
  public interface Visitor<K, V, E extends Exception> {
    /**
     * @return whether to go on
     */
    boolean visit(K key, V value) throws E;
  }

  private static final class Node {
    final Object edition;
    final boolean leaf;
    // Leaf: the keys and their values. Inner node: slots are the children, and all keys in child i
    // are at least keys[i] and less than keys[i + 1]; keys[0] means nothing.
    Object[] keys;
    Object[] slots;
    int count; // slots in use
    long size; // entries in this node and below

    Node(Object edition, boolean leaf, Object[] keys, Object[] slots, int count) {
      this.edition = edition;
      this.leaf = leaf;
      this.keys = keys;
      this.slots = slots;
      this.count = count;
    }

    static Node emptyLeaf(Object edition) {
      return new Node(edition, true, new Object[4], new Object[4], 0);
    }

    Node child(int index) {
      return (Node) slots[index];
    }

    Node copy(Object newEdition) {
      Node copy = new Node(newEdition, leaf, keys.clone(), slots.clone(), count);
      copy.size = size;
      return copy;
    }

    void insert(int at, Object key, Object slot) {
      if (count == keys.length) {
        int length = Math.min(2 * count, NODE_MAX + 1);
        keys = Arrays.copyOf(keys, length);
        slots = Arrays.copyOf(slots, length);
      }
      System.arraycopy(keys, at, keys, at + 1, count - at);
      System.arraycopy(slots, at, slots, at + 1, count - at);
      keys[at] = key;
      slots[at] = slot;
      count++;
    }

    void remove(int at) {
      count--;
      System.arraycopy(keys, at + 1, keys, at, count - at);
      System.arraycopy(slots, at + 1, slots, at, count - at);
      keys[count] = null;
      slots[count] = null;
    }

    /** Moves what is at {@code from} and after it to a new node. */
    Node splitOff(int from) {
      int moved = count - from;
      int length = Math.max(4, moved);
      Node right =
          new Node(
              edition,
              leaf,
              Arrays.copyOf(Arrays.copyOfRange(keys, from, count), length),
              Arrays.copyOf(Arrays.copyOfRange(slots, from, count), length),
              moved);
      Arrays.fill(keys, from, count, null);
      Arrays.fill(slots, from, count, null);
      count = from;
      right.size = right.computeSize();
      size -= right.size;
      return right;
    }

    /** Appends what a right neighbour holds, which itself stays as it is. */
    void append(Node right, Object separator) {
      int total = count + right.count;
      if (total > keys.length) {
        keys = Arrays.copyOf(keys, total);
        slots = Arrays.copyOf(slots, total);
      }
      System.arraycopy(right.keys, 0, keys, count, right.count);
      System.arraycopy(right.slots, 0, slots, count, right.count);
      if (!leaf) {
        keys[count] = separator;
      }
      count = total;
      size += right.size;
    }

    private long computeSize() {
      if (leaf) {
        return count;
      }
      long sum = 0;
      for (int i = 0; i < count; i++) {
        sum += child(i).size;
      }
      return sum;
    }
  }

  private CowTree(Comparator<? super K> order, Object edition, Node root) {
    this.order = order;
    this.edition = edition;
    this.root = root;
  }

  /** An empty tree of this edition. */
  public CowTree(Comparator<? super K> order, Object edition) {
    this(order, edition, Node.emptyLeaf(edition));
  }

  /**
   * A tree with the same entries, of another edition: this tree itself if it is of that edition
   * already. Otherwise this one must not be changed any more.
   */
  public CowTree<K, V> in(Object otherEdition) {
    return edition == otherEdition ? this : new CowTree<>(order, otherEdition, root);
  }

  public long size() {
    return root.size;
  }

  /** The value of a key, or null. */
  public V get(K key) {
    Node node = root;
    while (!node.leaf) {
      node = node.child(childFor(node, key));
    }
    int at = position(node, key);
    return at < 0 ? null : value(node, at);
  }

  /** Sets the value of a key and returns the one before, or null. */
  public V put(K key, V value) {
    Objects.requireNonNull(value);
    root = editable(root);
    V before = putInto(root, key, value, true);
    if (root.count > NODE_MAX) {
      Node left = root;
      root = new Node(edition, false, new Object[4], new Object[4], 0);
      root.insert(0, null, left);
      root.size = left.size;
      split(root, 0, key, true);
    }
    return before;
  }

  /** Removes a key and returns its value, or null. */
  public V remove(K key) {
    if (get(key) == null) {
      return null; // without copying the way there
    }
    root = editable(root);
    V before = removeFrom(root, key);
    while (!root.leaf && root.count == 1) {
      root = root.child(0);
    }
    if (root.count == 0) {
      root = Node.emptyLeaf(edition);
    }
    return before;
  }

  /** How many keys are less than this one. */
  public long rank(K key) {
    long rank = 0;
    Node node = root;
    while (!node.leaf) {
      int at = childFor(node, key);
      for (int i = 0; i < at; i++) {
        rank += node.child(i).size;
      }
      node = node.child(at);
    }
    int at = position(node, key);
    return rank + (at < 0 ? -at - 1 : at);
  }

  /**
   * The entry that has this many keys before it.
   *
   * @throws IndexOutOfBoundsException unless the rank is from 0 to less than {@link #size}
   */
  public Map.Entry<K, V> entryAt(long rank) {
    Objects.checkIndex(rank, root.size);
    long left = rank;
    Node node = root;
    while (!node.leaf) {
      int at = 0;
      while (left >= node.child(at).size) {
        left -= node.child(at).size;
        at++;
      }
      node = node.child(at);
    }
    return Map.entry(key(node, (int) left), value(node, (int) left));
  }

  /** Visits all entries in their order until the visitor has seen enough. */
  public <E extends Exception> void scan(Visitor<? super K, ? super V, E> visitor) throws E {
    scan(root, null, false, visitor);
  }

  /** Visits the entries from this key on (included) in their order. */
  public <E extends Exception> void scanFrom(K from, Visitor<? super K, ? super V, E> visitor)
      throws E {
    scan(root, from, true, visitor);
  }

  private <E extends Exception> boolean scan(
      Node node, K from, boolean bounded, Visitor<? super K, ? super V, E> visitor) throws E {
    if (node.leaf) {
      int start = 0;
      if (bounded) {
        int at = position(node, from);
        start = at < 0 ? -at - 1 : at;
      }
      for (int i = start; i < node.count; i++) {
        if (!visitor.visit(key(node, i), value(node, i))) {
          return false;
        }
      }
      return true;
    }
    int start = bounded ? childFor(node, from) : 0;
    for (int i = start; i < node.count; i++) {
      if (!scan(node.child(i), from, bounded && i == start, visitor)) {
        return false;
      }
    }
    return true;
  }

  /**
   * @param last whether no node of this level is further to the right
   */
  private V putInto(Node node, K key, V value, boolean last) {
    if (node.leaf) {
      int at = position(node, key);
      if (at >= 0) {
        V before = value(node, at);
        node.slots[at] = value;
        return before;
      }
      node.insert(-at - 1, key, value);
      node.size++;
      return null;
    }
    int at = childFor(node, key);
    boolean lastChild = last && at == node.count - 1;
    Node child = editableChild(node, at);
    V before = putInto(child, key, value, lastChild);
    if (before == null) {
      node.size++;
    }
    if (child.count > NODE_MAX) {
      split(node, at, key, lastChild);
    }
    return before;
  }

  /**
   * Splits a child that has become too large. Where keys come in ascending order, as they do when a
   * snapshot is restored or a list is appended to, the left part is left full.
   */
  private void split(Node parent, int at, K inserted, boolean last) {
    Node child = parent.child(at);
    boolean ascending = last && order.compare(inserted, key(child, child.count - 1)) >= 0;
    Node right = child.splitOff(ascending ? NODE_MAX : (NODE_MAX + 1) / 2);
    // Of an inner node this key came along as the separator before its first child.
    parent.insert(at + 1, right.keys[0], right);
  }

  private V removeFrom(Node node, K key) {
    if (node.leaf) {
      int at = position(node, key);
      V before = value(node, at);
      node.remove(at);
      node.size--;
      return before;
    }
    int at = childFor(node, key);
    Node child = editableChild(node, at);
    V before = removeFrom(child, key);
    node.size--;
    if (child.count == 0) {
      node.remove(at);
    } else if (child.count < NODE_MAX / 4 && !mergeWithNext(node, at - 1)) {
      mergeWithNext(node, at);
    }
    return before;
  }

  /** Makes one child out of two neighbours if they fit. */
  private boolean mergeWithNext(Node parent, int left) {
    if (left < 0
        || left + 1 >= parent.count
        || parent.child(left).count + parent.child(left + 1).count > NODE_MAX) {
      return false;
    }
    editableChild(parent, left).append(parent.child(left + 1), parent.keys[left + 1]);
    parent.remove(left + 1);
    return true;
  }

  private Node editable(Node node) {
    return node.edition == edition ? node : node.copy(edition);
  }

  private Node editableChild(Node parent, int at) {
    Node child = editable(parent.child(at));
    parent.slots[at] = child;
    return child;
  }

  /** Where the key is in a leaf, or -1 - where it would be. */
  private int position(Node leaf, K key) {
    int low = 0;
    int high = leaf.count - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int comparison = order.compare(key(leaf, middle), key);
      if (comparison == 0) {
        return middle;
      }
      if (comparison < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -low - 1;
  }

  /** Which child of an inner node would hold the key. */
  private int childFor(Node inner, K key) {
    int low = 1;
    int high = inner.count - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (order.compare(key(inner, middle), key) <= 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return low - 1;
  }

  @SuppressWarnings("unchecked")
  private K key(Node node, int at) {
    return (K) node.keys[at];
  }

  @SuppressWarnings("unchecked")
  private V value(Node leaf, int at) {
    return (V) leaf.slots[at];
  }
}
