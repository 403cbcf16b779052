package dev.lockstep.sql.testkit;

import dev.lockstep.sql.message.Ordering;
import dev.lockstep.sql.message.SessionMessage.Answer;
import dev.lockstep.sql.message.SqlResult;
import dev.lockstep.sql.message.SqlRows;
import dev.lockstep.sql.message.StepResult;
import dev.lockstep.sql.server.engine.Engine;
import dev.lockstep.sql.server.engine.EngineTransaction;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.util.List;
import java.util.function.UnaryOperator;

/** What replicas say and do that are not correct. */
final class Lies {
  private Lies() {}

  private static UnaryOperator<Answer> results(UnaryOperator<SqlResult> of) {
    return answer ->
        answer.result() instanceof StepResult.Done done
            ? new Answer(
                answer.transaction(),
                answer.attempt(),
                answer.index(),
                answer.version(),
                new StepResult.Done(of.apply(done.result()), done.ordering()))
            : answer;
  }

  /** The last number of each row is another one. */
  static UnaryOperator<Answer> wrongRows() {
    return results(
        result -> {
          if (!result.isQuery()) {
            return result;
          }
          List<Object[]> rows =
              result.rowsOrNull().rows().stream()
                  .map(
                      row -> {
                        Object[] copy = row.clone();
                        Object last = copy[copy.length - 1];
                        copy[copy.length - 1] = last instanceof Integer ? 666 : last;
                        return copy;
                      })
                  .toList();
          return SqlResult.ofRows(new SqlRows(result.rowsOrNull().columns(), rows));
        });
  }

  /** One row too few. */
  static UnaryOperator<Answer> missingRows() {
    return results(
        result -> {
          if (!result.isQuery() || result.rowsOrNull().rows().isEmpty()) {
            return result;
          }
          SqlRows rows = result.rowsOrNull();
          return SqlResult.ofRows(
              new SqlRows(rows.columns(), rows.rows().subList(1, rows.rows().size())));
        });
  }

  /** One row more was changed. */
  static UnaryOperator<Answer> wrongCounts() {
    return results(
        result -> result.isQuery() ? result : SqlResult.ofCount(result.updateCount() + 1));
  }

  /** Values of another sequence are asked for, and what follows from that is hidden. */
  static UnaryOperator<Answer> otherSequence(String source) {
    return answer -> {
      StepResult result = answer.result();
      if (result instanceof StepResult.NeedsIds) {
        result = new StepResult.NeedsIds(List.of(source));
      } else if (result instanceof StepResult.Failed) {
        result = new StepResult.Done(SqlResult.ofCount(1), Ordering.NONE);
      }
      return new Answer(
          answer.transaction(), answer.attempt(), answer.index(), answer.version(), result);
    };
  }

  /** Nothing is answered. */
  static UnaryOperator<Answer> silence() {
    return answer -> null;
  }

  /** A database that says that it updates, and does not. */
  static Engine thatDropsUpdates(Engine engine) {
    return (Engine)
        Proxy.newProxyInstance(
            Lies.class.getClassLoader(),
            new Class<?>[] {Engine.class},
            (proxy, method, arguments) -> {
              Object result = invoke(engine, method, arguments);
              return result instanceof EngineTransaction transaction
                  ? dropping(transaction)
                  : result;
            });
  }

  /** Something to do before a method of an engine is called. */
  interface Before {
    void run() throws SQLException;
  }

  /** A database of which a method is not called before something else is done. */
  static Engine before(Engine engine, String name, Before before) {
    return (Engine)
        Proxy.newProxyInstance(
            Lies.class.getClassLoader(),
            new Class<?>[] {Engine.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals(name)) {
                before.run();
              }
              return invoke(engine, method, arguments);
            });
  }

  private static EngineTransaction dropping(EngineTransaction transaction) {
    return (EngineTransaction)
        Proxy.newProxyInstance(
            Lies.class.getClassLoader(),
            new Class<?>[] {EngineTransaction.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("execute")
                  && ((String) arguments[0]).startsWith("UPDATE")) {
                return SqlResult.ofCount(1);
              }
              Object result = invoke(transaction, method, arguments);
              return result instanceof EngineTransaction other ? dropping(other) : result;
            });
  }

  private static Object invoke(Object target, java.lang.reflect.Method method, Object[] arguments)
      throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
