package dev.lockstep.sql.message;

import java.util.List;
import java.util.Objects;

/** What a step came to. */
public sealed interface StepResult {
  /** It was done. */
  record Done(SqlResult result, Ordering ordering) implements StepResult {
    public Done {
      Objects.requireNonNull(result, "result");
      Objects.requireNonNull(ordering, "ordering");
    }
  }

  /** It was not done. */
  record Failed(SqlFailure failure) implements StepResult {
    public Failed {
      Objects.requireNonNull(failure, "failure");
    }

    public Failed(String sqlState, String message) {
      this(new SqlFailure(sqlState, 0, message));
    }
  }

  /**
   * It was not tried, because values must be reserved for it first.
   *
   * @param sources for each value the sequence or identity column that it is drawn from, in the
   *     order in which the statement draws them
   */
  record NeedsIds(List<String> sources) implements StepResult {
    public NeedsIds {
      sources = List.copyOf(sources);
    }
  }

  /** The answer to {@link SqlStep.Describe}. */
  record Described(SqlDescription description) implements StepResult {
    public Described {
      Objects.requireNonNull(description, "description");
    }
  }
}
