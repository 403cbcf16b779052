package dev.lockstep.simulator.machine;

import dev.lockstep.protocol.rules.Rules;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;

/**
 * What all cores of a run are made of: the protocol as it is, or a mutant of it.
 *
 * @param rules what the cores decide by
 * @param flaw what is wrong with their ports
 */
public record Variant(Rules rules, Flaw flaw) {
  private static final Variant STANDARD = new Variant(Rules.standard(), Flaw.NONE);

  /** The protocol as it is. */
  public static Variant standard() {
    return STANDARD;
  }

  /**
   * The same with another rule.
   *
   * @param type the rule that is replaced, as {@link Rules} names it
   * @throws IllegalArgumentException if {@link Rules} has no rule of that type: a mutant that
   *     breaks nothing must not pass for one that nobody notices
   */
  public <R> Variant with(Class<R> type, R rule) {
    RecordComponent[] components = Rules.class.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    boolean found = false;
    try {
      for (int i = 0; i < components.length; i++) {
        types[i] = components[i].getType();
        boolean replaced = types[i] == type;
        values[i] = replaced ? rule : components[i].getAccessor().invoke(rules);
        found |= replaced;
      }
      if (!found) {
        throw new IllegalArgumentException("the protocol has no rule of type " + type.getName());
      }
      return new Variant(Rules.class.getConstructor(types).newInstance(values), flaw);
    } catch (NoSuchMethodException | InstantiationException | IllegalAccessException e) {
      throw new IllegalStateException("Rules is a public record", e);
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException(e.getCause().getMessage(), e.getCause());
    }
  }

  /** The same with a flaw in the ports. */
  public Variant with(Flaw other) {
    return new Variant(rules, other);
  }
}
