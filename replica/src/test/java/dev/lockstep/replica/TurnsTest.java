package dev.lockstep.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private final Turns<String, Integer> turns = new Turns<>();

  @Test
  void allAreServedInTurn() {
    for (int i = 1; i <= 3; i++) {
      turns.add("a", i);
    }
    turns.add("b", 10);
    turns.add("c", 20);
    turns.add("c", 21);

    List<Integer> served = new ArrayList<>();
    while (!turns.isEmpty()) {
      served.add(turns.poll());
    }
    assertThat(served).containsExactly(1, 10, 20, 2, 21, 3);
    assertThat(turns.poll()).isNull();
  }
}
