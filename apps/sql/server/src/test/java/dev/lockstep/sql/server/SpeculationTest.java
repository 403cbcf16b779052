package dev.lockstep.sql.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.sql.message.SessionMessage;
import dev.lockstep.sql.message.SqlStatement;
import dev.lockstep.sql.message.SqlStep;
import dev.lockstep.sql.message.StepResult;
import dev.lockstep.sql.server.determinism.Plan;
import dev.lockstep.sql.server.engine.Engine;
import dev.lockstep.sql.server.engine.H2Engine;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What clients send ahead of the order takes bounded memory, whatever they send. */
@Timeout(60)
class SpeculationTest {
  private static final UUID CLIENT = new UUID(1, 1);
  private static final UUID OTHER = new UUID(2, 2);
  private static final int BYTES = 1_000;
  private static final long BUDGET = 100_000;

  private final SpeculationBudget budget = new SpeculationBudget(BUDGET);
  private final List<DatabaseBroken> broken = new ArrayList<>();
  private Engine engine;
  private Database database;
  private Speculation speculation;

  @BeforeEach
  void start() throws SQLException {
    engine = H2Engine.inMemory("speculation-" + UUID.randomUUID());
    engine.clear();
    database = new Database(engine);
    database.refresh();
    speculation = new Speculation(0, database, budget, broken::add);
  }

  @AfterEach
  void end() {
    speculation.close();
    engine.close();
    assertThat(broken).isEmpty();
    assertThat(budget.bytes()).isZero();
  }

  private BlockingQueue<SessionMessage.Answer> send(
      UUID client, long transaction, int index, String sql) {
    BlockingQueue<SessionMessage.Answer> answers = new LinkedBlockingQueue<>();
    SqlStep step = new SqlStep.Execute(SqlStatement.of(sql), List.of());
    speculation.operation(
        client,
        new SessionMessage.Operation(transaction, 0, index, true, step),
        BYTES,
        answers::add);
    return answers;
  }

  private static String state(SessionMessage.Answer answer) {
    return answer.result() instanceof StepResult.Failed failed ? failed.failure().sqlState() : "";
  }

  private void begin(long transaction, boolean readOnly) {
    speculation.begin(
        new SpeculativeTransaction.Beginning(
            new TransactionKey(CLIENT, transaction),
            database.begin("", readOnly ? Engine.Patience.SHORT : Engine.Patience.LONG),
            "",
            new Plan.Circumstances(0, 0),
            readOnly,
            0));
  }

  @Test
  void stepsThatWaitAreBounded() throws InterruptedException {
    int taken = 0;
    BlockingQueue<SessionMessage.Answer> last = send(CLIENT, 1, 0, "SELECT 1");
    while (last.isEmpty()) {
      taken++;
      last = send(CLIENT, 1, taken, "SELECT 1");
    }
    assertThat(state(last.take())).isEqualTo("54000");
    assertThat(budget.bytes()).isLessThanOrEqualTo(BUDGET / 2);
    // Another client is served, and so is this one when its transaction is over.
    assertThat(send(OTHER, 1, 0, "SELECT 1")).isEmpty();
    speculation.end(CLIENT, 1);
    speculation.end(OTHER, 1);
    assertThat(budget.bytes()).isZero();
    assertThat(send(CLIENT, 2, 0, "SELECT 1")).isEmpty();
  }

  @Test
  void stepsThatWereDoneAreBounded() throws InterruptedException {
    begin(1, false);
    String found = "";
    for (int i = 0; found.isEmpty(); i++) {
      found = state(send(CLIENT, 1, i, "SELECT 1").take());
    }
    assertThat(found).isEqualTo("54000");
    assertThat(budget.bytes()).isLessThanOrEqualTo(BUDGET / 2);
  }

  @Test
  void whatOnlyReadsMayGoOnForEver() throws InterruptedException {
    begin(1, true);
    for (int i = 0; i < 2 * BUDGET / BYTES; i++) {
      assertThat(state(send(CLIENT, 1, i, "SELECT 1").take())).isEmpty();
    }
  }

  @Test
  void stepsThatAreSentTwiceCostNothing() {
    for (int i = 0; i < 10; i++) {
      send(CLIENT, 1, 0, "SELECT 1");
      send(CLIENT, 1, 7, "SELECT 1");
    }
    assertThat(budget.bytes()).isLessThan(2 * BYTES);
  }

  @Test
  void aStatementThatOverflowsTheStackFailsAlone() throws InterruptedException {
    begin(1, false);
    assertThat(state(send(CLIENT, 1, 0, "SELECT " + "-(".repeat(90) + "1" + ")".repeat(90)).take()))
        .isEmpty();
    assertThat(state(send(CLIENT, 1, 1, "SELECT " + "- ".repeat(50_000) + "1").take()))
        .isEqualTo("54001");
  }
}
