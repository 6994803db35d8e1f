interface Props<Value extends string | number> {
  label: string;
  name: string;
  options: readonly Value[];
  chosen: Value;
  onChoose: (value: Value) => void;
  text: (value: Value) => string;
  className: string | undefined;
}

/** One choice of a few, as a row of buttons. */
export function RadioGroup<Value extends string | number>({
  label,
  name,
  options,
  chosen,
  onChoose,
  text,
  className,
}: Props<Value>) {
  return (
    <div role="radiogroup" aria-label={label} className={className}>
      {options.map((option) => (
        <label key={option}>
          <input
            type="radio"
            name={name}
            value={option}
            checked={option === chosen}
            onChange={() => {
              onChoose(option);
            }}
          />
          <span>{text(option)}</span>
        </label>
      ))}
    </div>
  );
}
