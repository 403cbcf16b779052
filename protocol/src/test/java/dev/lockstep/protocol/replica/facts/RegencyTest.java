package dev.lockstep.protocol.replica.facts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.rules.SelectionRule.Choice;
import dev.lockstep.protocol.rules.SelectionRule.Kind;
import dev.lockstep.protocol.rules.SelectionRule.Outcome;
import dev.lockstep.protocol.view.QuorumRule;
import dev.lockstep.protocol.view.ViewHistory;
import dev.lockstep.protocol.view.Views;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RegencyTest {
  private static final Digest BOUND = new Digest(1, 2, 3, 4);

  private final Regency regency =
      new Regency(1, new ViewHistory(Views.byzantine(4, 1, 8), QuorumRule.STANDARD));

  private static Outcome outcome() {
    return new Outcome(
        5,
        7,
        new TreeMap<>(
            Map.of(6L, new Choice(Kind.NOOP, null), 7L, new Choice(Kind.BOUND, BOUND))));
  }

  @Test
  void regencyZeroIsSyncedFromTheStart() {
    assertThat(regency.isSynced()).isTrue();
    assertThat(regency.leader()).isZero();
    assertThat(regency.isLeader()).isFalse();
  }

  @Test
  void anInstalledRegencyWaitsForItsSync() {
    regency.ask(1);
    assertThat(regency.isAsking()).isTrue();
    regency.install(1);
    assertThat(regency.isAsking()).isFalse();
    assertThat(regency.isSynced()).isFalse();
    assertThat(regency.isLeader()).isTrue();
    assertThat(regency.fixedOrNull(7)).isNull();
    regency.sync(outcome());
    assertThat(regency.isSynced()).isTrue();
  }

  @Test
  void installingIsAskingToo() {
    regency.install(3);
    assertThat(regency.asked()).isEqualTo(3);
  }

  @Test
  void whatSyncFixedIsNotFree() {
    regency.install(1);
    regency.sync(outcome());
    assertThat(regency.isFixed(6)).isTrue();
    assertThat(regency.isFixed(8)).isFalse();
    assertThat(regency.fixedOrNull(6)).isNull();
    assertThat(regency.fixedOrNull(7)).isEqualTo(BOUND);
  }

  @Test
  void itNeverGoesBack() {
    regency.install(2);
    assertThatThrownBy(() -> regency.install(2)).hasMessage("installs 2 after 2");
    assertThatThrownBy(() -> regency.ask(2)).hasMessage("asks for 2 after 2");
    regency.sync(outcome());
    assertThatThrownBy(() -> regency.sync(outcome())).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aPromiseIsTakenUpUnsynced() {
    regency.restore(5);
    assertThat(regency.installed()).isEqualTo(5);
    assertThat(regency.asked()).isEqualTo(5);
    assertThat(regency.isSynced()).isFalse();
    assertThat(regency.isLeader()).isTrue();
  }
}
