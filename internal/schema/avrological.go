package schema

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// number writes an int or long: as a date or a time if it is one that can be
// written so, years 0 to 9999, else as the number.
func (w *avroWriter) number(logical string, v int64) {
	if text := timeText(logical, v); text != "" {
		w.text(text)
		return
	}
	w.out.WriteString(strconv.FormatInt(v, 10))
}

func timeText(logical string, v int64) string {
	const day = 24 * time.Hour
	switch logical {
	case "date":
		if v < math.MinInt32 || v > math.MaxInt32 {
			return ""
		}
		return instantText("2006-01-02", time.Unix(v*int64(day/time.Second), 0))
	case "time-millis":
		if v >= 0 && v < day.Milliseconds() {
			return time.UnixMilli(v).UTC().Format("15:04:05.000")
		}
	case "time-micros":
		if v >= 0 && v < day.Microseconds() {
			return time.UnixMicro(v).UTC().Format("15:04:05.000000")
		}
	case "timestamp-millis":
		return instantText("2006-01-02T15:04:05.000Z", time.UnixMilli(v))
	case "timestamp-micros":
		return instantText("2006-01-02T15:04:05.000000Z", time.UnixMicro(v))
	case "local-timestamp-millis":
		return instantText("2006-01-02T15:04:05.000", time.UnixMilli(v))
	case "local-timestamp-micros":
		return instantText("2006-01-02T15:04:05.000000", time.UnixMicro(v))
	case "timestamp-nanos":
		return instantText("2006-01-02T15:04:05.000000000Z", time.Unix(0, v))
	case "local-timestamp-nanos":
		return instantText("2006-01-02T15:04:05.000000000", time.Unix(0, v))
	}
	return ""
}

func instantText(layout string, t time.Time) string {
	t = t.UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return ""
	}
	return t.Format(layout)
}

// float writes a number; what JSON has none for is a string, as in Protobuf's
// JSON.
func (w *avroWriter) float(v float64, bits int) {
	switch {
	case math.IsNaN(v):
		w.text("NaN")
	case math.IsInf(v, 1):
		w.text("Infinity")
	case math.IsInf(v, -1):
		w.text("-Infinity")
	default:
		w.out.WriteString(strconv.FormatFloat(v, 'g', -1, bits))
	}
}

// binary writes bytes: a decimal as its digits in a string, which no reader
// rounds, a duration as its three numbers, all else as base64.
func (w *avroWriter) binary(t *avroType, b []byte) error {
	switch {
	case t.logical == "decimal":
		text, err := decimalText(b, t.scale)
		w.text(text)
		return err
	case t.logical == "duration" && len(b) == 12:
		_, err := fmt.Fprintf(&w.out, `{"months":%d,"days":%d,"milliseconds":%d}`,
			binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:]))
		return err
	case t.logical == "uuid" && len(b) == 16:
		w.text(uuidText(b))
		return nil
	}
	w.base64(b)
	return nil
}

// maxDecimal bounds a decimal, in bytes and in digits after the point: turning
// more into digits takes its time.
const maxDecimal = 4096

// decimalText is the number that b is in two's complement, with scale digits
// behind the point.
func decimalText(b []byte, scale int) (string, error) {
	if len(b) > maxDecimal || scale < 0 || scale > maxDecimal {
		return "", errors.New("a decimal has too many digits")
	}
	n := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	digits, sign := new(big.Int).Abs(n).String(), ""
	if n.Sign() < 0 {
		sign = "-"
	}
	if scale == 0 {
		return sign + digits, nil
	}
	if short := scale + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	point := len(digits) - scale
	return sign + digits[:point] + "." + digits[point:], nil
}
