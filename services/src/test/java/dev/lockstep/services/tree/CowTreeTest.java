package dev.lockstep.services.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CowTreeTest {
  private record Frozen(CowTree<Integer, Integer> tree, TreeMap<Integer, Integer> model) {}

  private static CowTree<Integer, Integer> empty() {
    return new CowTree<>(Comparator.naturalOrder(), new Object());
  }

  private static List<Map.Entry<Integer, Integer>> contents(CowTree<Integer, Integer> tree) {
    List<Map.Entry<Integer, Integer>> entries = new ArrayList<>();
    tree.scan((key, value) -> entries.add(Map.entry(key, value)));
    return entries;
  }

  private static void assertSame(CowTree<Integer, Integer> tree, TreeMap<Integer, Integer> model) {
    assertThat(tree.size()).isEqualTo(model.size());
    assertThat(contents(tree)).isEqualTo(List.copyOf(model.entrySet()));
  }

  /** Random walks that grow, shrink and freeze; each frozen copy must stay as it was. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void behavesLikeATreeMapAndSoDoItsCopies(int seed) {
    Random random = new Random(seed);
    int range = 10 << random.nextInt(10);
    CowTree<Integer, Integer> tree = empty();
    TreeMap<Integer, Integer> model = new TreeMap<>();
    List<Frozen> frozen = new ArrayList<>();
    int puts = 70;
    for (int i = 0; i < 20_000; i++) {
      int key = random.nextInt(range);
      if (random.nextInt(100) < puts) {
        assertThat(tree.put(key, i)).isEqualTo(model.put(key, i));
      } else {
        assertThat(tree.remove(key)).isEqualTo(model.remove(key));
      }
      if (random.nextInt(2000) == 0) {
        puts = random.nextInt(100);
      }
      if (random.nextInt(500) == 0) {
        frozen.add(new Frozen(tree, new TreeMap<>(model)));
        tree = tree.in(new Object());
      }
      int probe = random.nextInt(range + 2) - 1;
      assertThat(tree.get(probe)).isEqualTo(model.get(probe));
      if (i % 100 == 0) {
        assertSame(tree, model);
        assertThat(tree.rank(probe)).isEqualTo(model.headMap(probe).size());
        List<Integer> from = new ArrayList<>();
        tree.scanFrom(probe, (k, v) -> from.add(k) && from.size() < 50);
        assertThat(from).isEqualTo(model.tailMap(probe).keySet().stream().limit(50).toList());
        if (!model.isEmpty()) {
          int rank = random.nextInt(model.size());
          assertThat(tree.entryAt(rank)).isEqualTo(contents(tree).get(rank));
        }
      }
    }
    for (Integer key : List.copyOf(model.keySet())) {
      assertThat(tree.remove(key)).isEqualTo(model.remove(key));
    }
    assertSame(tree, model);
    assertThat(frozen).hasSizeGreaterThan(10);
    frozen.forEach(copy -> assertSame(copy.tree(), copy.model()));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, -1})
  void holdsManyEntriesInEitherOrder(int direction) {
    CowTree<Integer, Integer> tree = empty();
    int count = 200_000;
    for (int i = 0; i < count; i++) {
      tree.put(direction * i, i);
    }
    assertThat(tree.size()).isEqualTo(count);
    for (int i = 0; i < count; i++) {
      assertThat(tree.get(direction * i)).isEqualTo(i);
    }
    assertThat(tree.entryAt(count / 3).getKey())
        .isEqualTo(direction > 0 ? count / 3 : count / 3 - count + 1);
    for (int i = 0; i < count; i++) {
      assertThat(tree.remove(direction * i)).isEqualTo(i);
    }
    assertThat(tree.size()).isZero();
    assertThat(contents(tree)).isEmpty();
  }

  @Test
  void aTreeOfTheSameEditionIsTheSame() {
    Object edition = new Object();
    CowTree<Integer, Integer> tree = new CowTree<>(Comparator.naturalOrder(), edition);
    assertThat(tree.in(edition)).isSameAs(tree);
    assertThat(tree.in(new Object())).isNotSameAs(tree);
  }

  @Test
  void ranksOutsideAreRefused() {
    CowTree<Integer, Integer> tree = empty();
    assertThatThrownBy(() -> tree.entryAt(0)).isInstanceOf(IndexOutOfBoundsException.class);
    tree.put(1, 1);
    assertThat(tree.entryAt(0).getKey()).isEqualTo(1);
    assertThatThrownBy(() -> tree.entryAt(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> tree.entryAt(1)).isInstanceOf(IndexOutOfBoundsException.class);
  }
}
