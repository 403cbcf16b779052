package dev.lockstep.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ServicesTest {
  @Test
  void everyNameMakesAServiceOfItsOwn() {
    assertThat(Services.names()).containsExactly("counter", "echo", "kv", "map");
    for (String name : Services.names()) {
      assertThat(Services.create(name)).isNotSameAs(Services.create(name));
    }
  }

  @Test
  void anUnknownNameIsAnsweredByTheKnownOnes() {
    assertThatThrownBy(() -> Services.create("list"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("There is no service \"list\"; there are counter, echo, kv, map.");
  }
}
